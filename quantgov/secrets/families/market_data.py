"""Keys of the vendors that quant teams have their data from."""

from __future__ import annotations

from quantgov.secrets.detector import Detector
from quantgov.secrets.naming import END, UUID, is_issued, login, of_vendor

START = rb"(?<![0-9A-Za-z_-])"
HEX_32 = rb"[0-9a-fA-F]{32}"
ALNUM_32 = rb"[0-9A-Za-z]{32}"
HEX_40 = rb"[0-9a-fA-F]{40}"
READ = "{}: whoever holds it can download licensed data in your name and use the plan up."


def data(vendor: str, title: str, words: bytes | tuple[bytes, ...], value: bytes, where: str = "") -> Detector:
    """Return the row for a vendor whose keys have a shape, and no prefix."""
    advice = READ.format(where or f"Replace the key in your {title} account")
    return of_vendor(f"{vendor}-key", f"{title} API key", words, value, vendor=vendor, advice=advice)


def prefixed(
    vendor: str, title: str, anchors: tuple[bytes, ...], value: bytes, public: bytes, where: str, **also: bytes
) -> Detector:
    """Return the row for a key with a prefix of its own."""
    return Detector(
        f"{vendor}-key",
        f"{title} API key",
        anchors,
        START + b"(?P<secret>" + value + b")" + END,
        vendor=vendor,
        advice=READ.format(where),
        public=public,
        context=also.get("context", b""),
        traces=(also["trace"],) if "trace" in also else (),
        judge=is_issued,
    )


ROWS = (
    Detector(
        "tickdb-api-key",
        "TickDB API key",
        (rb"tk_(?:live|test)_[0-9A-Za-z]{16}",),
        rb"(?P<secret>tk_(?:live|test)_[0-9A-Za-z]{16,64})(?![0-9A-Za-z])",
        vendor="tickdb",
        public=rb"tk_(?:live|test)_",
        traces=(b"k_live_", b"k_test_"),
        advice=READ.format("Revoke the key in the TickDB console"),
    ),
    data("tickdb", "TickDB", b"tickdb", rb"[0-9A-Za-z]{24,64}", "Revoke the key in the TickDB console"),
    data(
        "polygon",
        "Polygon (Massive)",
        (b"polygon", b"massive"),
        rb"[0-9A-Za-z_]{32}",
        "Delete the key in the dashboard at polygon.io",
    ),
    prefixed(
        "databento",
        "Databento",
        (rb"db-[0-9A-Za-z]{29}",),
        rb"db-(?=[0-9a-z]{0,28}[A-Z])(?=[0-9A-Z]{0,28}[a-z])[0-9A-Za-z]{29}",
        b"db-",
        "Disable the key in the Databento portal",
    ),
    data("tiingo", "Tiingo", b"tiingo", rb"[0-9a-fA-F]{40}", "Reset the token in your Tiingo account"),
    data(
        "finnhub",
        "Finnhub",
        b"finnhub",
        rb"(?:sandbox_)?[0-9a-z]{20}|[0-9a-z]{40}",
        "Regenerate the key in the Finnhub dashboard",
    ),
    prefixed(
        "iex",
        "IEX Cloud",
        (rb"sk_[0-9a-f]{32}", rb"Tsk_[0-9a-f]{32}"),
        rb"T?sk_[0-9a-f]{32}",
        rb"T?sk_",
        "Delete the token in the IEX Cloud console",
    ),
    data(
        "iex",
        "IEX Cloud",
        (b"iex_", b"iexcloud", b"iexapis", b"iexfinance", b"pyex"),
        rb"T?[ps]k_[0-9a-f]{32}",
        "Delete the token in the IEX Cloud console",
    ),
    data(
        "alphavantage",
        "Alpha Vantage",
        (b"alphavantage", b"alpha_vantage", b"alpha vantage", b"alpha-vantage"),
        rb"[0-9A-Z]{16}",
        "Ask Alpha Vantage's support to end the key",
    ),
    data(
        "alphavantage",
        "Alpha Vantage",
        (b"av_api", b"av_key"),
        rb"[0-9A-Z]{16}",
        "Ask Alpha Vantage's support to end the key",
    ),
    data(
        "nasdaq",
        "Nasdaq Data Link",
        (b"nasdaq", b"quandl"),
        rb"[0-9A-Za-z_-]{20}",
        "Regenerate the key at data.nasdaq.com",
    ),
    data(
        "fmp",
        "Financial Modeling Prep",
        (b"financialmodelingprep", b"financial_modeling_prep", b"fmp_", b"fmpapi", b"fmpkey", b"fmpcloud", b"fmp api"),
        ALNUM_32,
    ),
    data(
        "eodhd",
        "EODHD",
        (b"eodhd", b"eodhistoricaldata", b"eod_historical", b"eod_api"),
        rb"[0-9a-f]{13,14}\.[0-9]{7,8}",
        "Regenerate the token in the EODHD dashboard",
    ),
    data("twelvedata", "Twelve Data", (b"twelvedata", b"twelve_data", b"twelve-data", b"twelve data"), HEX_32),
    data(
        "coinmarketcap",
        "CoinMarketCap",
        (b"coinmarketcap", b"coin_market_cap", b"cmc_pro", b"cmc_api", b"cmc-pro"),
        UUID,
    ),
    prefixed(
        "coingecko",
        "CoinGecko",
        (rb"CG-[0-9A-Za-z]{24}",),
        rb"CG-[0-9A-Za-z]{24}",
        b"CG-",
        "Delete the key in CoinGecko's developer dashboard",
        context=rb"(?i:gecko|x-cg|cg_|key)",
    ),
    data("coinapi", "CoinAPI", (b"coinapi", b"coin_api", b"coin-api"), UUID),
    data("glassnode", "Glassnode", b"glassnode", rb"[0-9A-Za-z]{27,28}|" + UUID),
    data("messari", "Messari", b"messari", UUID + rb"|[0-9A-Za-z+/_-]{32,48}={0,2}"),
    data("kaiko", "Kaiko", b"kaiko", ALNUM_32),
    data(
        "cryptocompare",
        "CryptoCompare",
        (b"cryptocompare", b"crypto_compare", b"ccdata", b"coindesk"),
        rb"[0-9a-f]{64}",
    ),
    prefixed(
        "amberdata",
        "Amberdata",
        (rb"UAK[0-9a-f]{32}",),
        rb"UAK[0-9a-f]{32}",
        b"UAK",
        "Regenerate the key in Amberdata's console",
    ),
    data(
        "santiment", "Santiment", (b"santiment", b"sanpy", b"san_api"), rb"[0-9a-z]{16,40}_[0-9a-z]{16,40}|[0-9a-z]{32}"
    ),
    data("nansen", "Nansen", b"nansen", rb"[0-9A-Za-z]{32,48}"),
    data(
        "intrinio", "Intrinio", b"intrinio", rb"[0-9A-Za-z+/]{43,44}={0,2}", "Delete the key in your Intrinio account"
    ),
    data("marketstack", "Marketstack", b"marketstack", HEX_32),
    data("benzinga", "Benzinga", b"benzinga", rb"(?:bz\.)?" + ALNUM_32),
    data("newsapi", "NewsAPI", (b"newsapi", b"news_api", b"news-api"), HEX_32),
    data("fred", "FRED", (b"fred", b"stlouisfed"), rb"[0-9a-z]{32}"),
    data("bls", "BLS", (b"bls_", b"bls.gov", b"blsapi", b"blskey"), HEX_32),
    data("eia", "EIA", (b"eia_", b"eia.gov", b"eiaapi", b"eiakey"), rb"[0-9A-Za-z]{40}|" + HEX_32),
    data("worldtradingdata", "World Trading Data", (b"worldtradingdata", b"world_trading_data"), rb"[0-9A-Za-z]{60}"),
    data("barchart", "Barchart", b"barchart", HEX_32),
    data("xignite", "Xignite", b"xignite", HEX_32),
    data(
        "refinitiv",
        "LSEG (Refinitiv)",
        (b"refinitiv", b"lseg", b"eikon", b"reuters"),
        HEX_40,
        "Delete the app key in the App Key Generator",
    ),
    data("bloomberg", "Bloomberg", (b"bloomberg", b"blpapi", b"blp_"), rb"[0-9a-f]{64}|[0-9a-f]{32}"),
    data("factset", "FactSet", b"factset", rb"[0-9A-Za-z]{40}"),
    data(
        "quantconnect",
        "QuantConnect",
        (b"quantconnect", b"quant_connect", b"qc_api", b"qc_token", b"qc_user", b"lean_api"),
        rb"[0-9a-f]{64}",
        "Request a new API token in your QuantConnect account",
    ),
    data("quiver", "Quiver Quantitative", b"quiver", HEX_40),
    data("unusualwhales", "Unusual Whales", (b"unusualwhales", b"unusual_whales", b"unusual-whales", b"uw_api"), UUID),
    data("orats", "ORATS", b"orats", UUID),
    *(
        data(slug, title, words, ALNUM_32, f"Reset the key in your {title} account")
        for slug, title, words in (
            ("exchangerates", "exchange rates", (b"exchangerate", b"exchange_rate", b"exchange-rate")),
            ("fixer", "Fixer", b"fixer"),
            ("currencylayer", "Currencylayer", (b"currencylayer", b"currency_layer")),
            ("openexchangerates", "Open Exchange Rates", (b"openexchange", b"open_exchange")),
            ("apilayer", "APILayer", b"apilayer"),
            ("fxrates", "FXRatesAPI", (b"fxrates", b"fx_rates")),
        )
    ),
    data(
        "exchangerates",
        "ExchangeRate-API",
        (b"exchangerate", b"exchange_rate", b"exchange-rate"),
        rb"[0-9a-f]{24}",
        "Reset the key in your ExchangeRate-API account",
    ),
    Detector(
        "exchangerates-key",
        "exchange-rate API key",
        (rb"exchangerate-api\.com/v[0-9]/[0-9a-f]{24}",),
        rb"exchangerate-api\.com/v[0-9]/(?P<secret>[0-9a-f]{24})/",
        vendor="exchangerates",
        advice=READ.format("Reset the key in the account at exchangerate-api.com"),
        judge=is_issued,
    ),
    data(
        "tradingeconomics",
        "Trading Economics",
        (b"tradingeconomics", b"trading_economics"),
        rb"[0-9a-z]{15}:[0-9a-z]{15}",
    ),
    data("simfin", "SimFin", b"simfin", ALNUM_32 + rb"|" + UUID),
    data("tardis", "Tardis", b"tardis", rb"TD\.[0-9A-Za-z_-]{16}\.[0-9A-Za-z._-]{15,80}"),
    data("lunarcrush", "LunarCrush", b"lunarcrush", rb"[0-9a-z]{36,40}"),
    data("coinglass", "CoinGlass", b"coinglass", HEX_32),
    data("cryptoquant", "CryptoQuant", (b"cryptoquant", b"crypto_quant"), rb"[0-9A-Za-z]{40,64}"),
    login("thetadata", "Theta Data", (b"thetadata", b"theta_data", b"thetaclient", b"theta_pass", b"theta_user")),
    login("refinitiv", "LSEG (Refinitiv)", (b"refinitiv", b"lseg", b"eikon")),
)
