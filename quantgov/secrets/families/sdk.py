"""Keys that vendors' SDKs are given as arguments: which constructor of which module takes which.

Told by sdk.py, which reads the calls: no name stands beside a positional argument.
"""

from __future__ import annotations

from quantgov.secrets.detector import Detector
from quantgov.secrets.naming import LOGIN_ADVICE, UUID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Positions = tuple[int, ...]

ADVICE = "Revoke the key in your {} account: whoever holds it can do there all that the code could."
# A call with an argument that is a string of 6 characters or more, or a dictionary.
ARGUMENT = rb"\((?=[^()\[]{0,200}?[\"'][^\s\"'\\]{6})"
RENAMED = rb" as \w"
UNTOLD = rb"(?!)"


class Sdk(Detector):
    """Calls that take a key.

    modules: the packages that the called names are imported from.
    calls: which positional arguments are secret, by what is called: `Client`, `AsyncClient.create`, `*` for whatever
        the package has.
    keywords: the names of arguments, and of entries of a dictionary that is an argument, that are secret.
    shape: what the vendor issues; the secret is its group of that name, if it has one.
    alone: whether a value of this shape tells enough where the called name cannot be resolved.
    """

    __slots__ = ("alone", "calls", "keywords", "modules", "shape")

    def __init__(
        self,
        name: str,
        title: str,
        modules: tuple[str, ...],
        calls: Mapping[str, Positions],
        keywords: tuple[str, ...],
        shape: bytes = UNTOLD,
        *,
        vendor: str,
        alone: bool = False,
        chosen: bool = False,
    ) -> None:
        written = [call.replace(".", r"\.").encode() for call in calls if call != "*"]
        anchors = [called + ARGUMENT for called in written]
        anchors += [called + RENAMED for called in written if b"." not in called]
        anchors += [module.encode() + rb"\.[\w.]{2,40}" + ARGUMENT for module in modules if "*" in calls]
        advice = (LOGIN_ADVICE if chosen else ADVICE).format(title.partition(" ")[0])
        super().__init__(name, title, tuple(anchors), UNTOLD, vendor=vendor, advice=advice, chosen=chosen)
        self.modules = modules
        self.calls = calls
        self.keywords = keywords
        self.shape = shape
        self.alone = alone


def key(
    vendor: str,
    title: str,
    modules: tuple[str, ...],
    calls: Mapping[str, Positions],
    keywords: tuple[str, ...],
    shape: bytes,
    alone: bool = True,
) -> Sdk:
    return Sdk(
        f"{vendor}-key", f"{title} API key or secret", modules, calls, keywords, shape, vendor=vendor, alone=alone
    )


def login(
    vendor: str,
    title: str,
    modules: tuple[str, ...],
    calls: Mapping[str, Positions],
    keywords: tuple[str, ...] = ("password",),
    shape: bytes = UNTOLD,
) -> Sdk:
    return Sdk(f"{vendor}-password", f"{title} password", modules, calls, keywords, shape, vendor=vendor, chosen=True)


FIRST, PAIR, THREE = (0,), (0, 1), (0, 1, 2)
KEY_AND_SECRET = (
    "api_key",
    "api_secret",
    "key",
    "secret",
    "apiKey",
    "apiSecret",
    "secret_key",
    "key_id",
    "API_KEY",
    "API_SECRET",
)
API_KEY = ("api_key", "apikey", "apiKey", "key", "token", "api_token", "access_token")

ROWS = (
    key(
        "binance",
        "Binance",
        ("binance", "unicorn_binance_rest_api", "unicorn_binance_websocket_api"),
        {
            "Client": PAIR,
            "AsyncClient.create": PAIR,
            "Spot": PAIR,
            "UMFutures": PAIR,
            "CMFutures": PAIR,
            "ThreadedWebsocketManager": PAIR,
            "BinanceRestApiManager": PAIR,
        },
        KEY_AND_SECRET,
        rb"[0-9A-Za-z]{64}",
    ),
    key(
        "bybit",
        "Bybit",
        ("pybit",),
        {"HTTP": (1, 2), "WebSocket": (1, 2)},
        KEY_AND_SECRET,
        rb"[0-9A-Za-z]{18}|[0-9A-Za-z]{36}",
    ),
    key(
        "okx",
        "OKX",
        ("okx", "okex"),
        {"AccountAPI": THREE, "TradeAPI": THREE, "FundingAPI": THREE, "MarketAPI": THREE, "PublicAPI": THREE},
        (*KEY_AND_SECRET, "api_secret_key", "passphrase"),
        UUID + rb"|[0-9A-F]{32}",
        alone=False,
    ),
    key(
        "ccxt",
        "exchange (by ccxt)",
        ("ccxt", "ccxtpro"),
        {"*": ()},
        ("apiKey", "secret", "password", "privateKey", "token"),
        rb"[0-9A-Za-z+/=_-]{16,100}",
        alone=False,
    ),
    key(
        "kraken",
        "Kraken",
        ("krakenex", "kraken", "pykrakenapi"),
        {"API": PAIR, "User": PAIR, "Trade": PAIR, "SpotClient": PAIR},
        KEY_AND_SECRET,
        rb"[0-9A-Za-z+/]{56}|[0-9A-Za-z+/]{86}==",
    ),
    key(
        "coinbase",
        "Coinbase",
        ("coinbase", "cbpro", "coinbasepro", "gdax", "coinbase_advanced_trader"),
        {"Client": PAIR, "RESTClient": PAIR, "AuthenticatedClient": THREE, "OAuthClient": PAIR, "WSClient": PAIR},
        (*KEY_AND_SECRET, "passphrase"),
        rb"[0-9A-Za-z+/]{86}==|[0-9a-f]{32}",
        alone=False,
    ),
    key(
        "kucoin",
        "KuCoin",
        ("kucoin", "kucoin_futures"),
        {"Client": THREE, "Market": THREE, "Trade": THREE, "User": THREE, "Margin": THREE},
        (*KEY_AND_SECRET, "passphrase"),
        UUID + rb"|[0-9a-f]{24}",
        alone=False,
    ),
    key(
        "bitmex",
        "BitMEX",
        ("bitmex", "bitmex_websocket"),
        {"bitmex": (), "BitMEXWebsocket": (2, 3)},
        KEY_AND_SECRET,
        rb"[0-9A-Za-z_-]{24}|[0-9A-Za-z_-]{48}",
    ),
    key("bitfinex", "Bitfinex", ("bfxapi", "bitfinex"), {"Client": PAIR}, KEY_AND_SECRET, rb"[0-9A-Za-z]{43}"),
    key("bittrex", "Bittrex", ("bittrex",), {"Bittrex": PAIR}, KEY_AND_SECRET, rb"[0-9a-f]{32}"),
    key(
        "gate", "Gate", ("gate_api",), {"Configuration": ()}, KEY_AND_SECRET, rb"[0-9a-f]{32}|[0-9a-f]{64}", alone=False
    ),
    key(
        "deribit",
        "Deribit",
        ("deribit_api", "deribit"),
        {"RestClient": PAIR},
        ("client_id", "client_secret"),
        rb"[0-9A-Za-z_-]{43}",
    ),
    key("ftx", "FTX", ("ftx",), {"FtxClient": PAIR}, KEY_AND_SECRET, rb"[0-9A-Za-z_-]{40}"),
    key(
        "alpaca",
        "Alpaca",
        ("alpaca", "alpaca_trade_api", "tradeapi"),
        {
            "REST": PAIR,
            "Stream": PAIR,
            "TradingClient": PAIR,
            "BrokerClient": PAIR,
            "NewsClient": PAIR,
            "HistoricalDataClient": PAIR,
            "DataStream": PAIR,
            "TradingStream": PAIR,
        },
        KEY_AND_SECRET,
        rb"[PAC]K[0-9A-Z]{16,24}|[0-9A-Za-z/+]{40}|[0-9A-Za-z/+]{44}",
    ),
    key(
        "oanda",
        "OANDA",
        ("oandapyV20", "oandapy", "v20", "tpqoa"),
        {"API": FIRST, "Context": ()},
        API_KEY,
        rb"[0-9a-f]{32}-[0-9a-f]{32}",
    ),
    key("tradier", "Tradier", ("lumiwealth_tradier", "tradier"), {"Tradier": PAIR}, API_KEY, rb"[0-9A-Za-z]{28}"),
    key(
        "schwab",
        "Schwab",
        ("schwab", "schwabdev", "tda"),
        {"easy_client": PAIR, "client_from_login_flow": PAIR, "client_from_token_file": (1, 2), "Client": PAIR},
        ("api_key", "app_secret", "app_key"),
        rb"[0-9A-Za-z]{32}|[0-9A-Za-z]{16}|[0-9A-Z]{32}@AMER\.OAUTHAP",
        alone=False,
    ),
    key(
        "etrade",
        "E*TRADE",
        ("pyetrade",),
        {
            "ETradeOAuth": PAIR,
            "ETradeOrder": (0, 1, 2, 3),
            "ETradeMarket": (0, 1, 2, 3),
            "ETradeAccounts": (0, 1, 2, 3),
            "ETradeAccessManager": (0, 1, 2, 3),
        },
        ("client_key", "client_secret", "consumer_key", "consumer_secret", "resource_owner_secret"),
        rb"[0-9a-f]{32}|[0-9a-f]{64}",
    ),
    key(
        "zerodha",
        "Zerodha Kite",
        ("kiteconnect",),
        {"KiteConnect": FIRST, "KiteTicker": PAIR},
        ("api_key", "access_token", "api_secret"),
        rb"[0-9a-z]{16}|[0-9A-Za-z]{32}",
    ),
    key("angel-one", "Angel One", ("SmartApi", "smartapi"), {"SmartConnect": FIRST}, API_KEY, rb"[0-9A-Za-z]{8}"),
    key("fxcm", "FXCM", ("fxcmpy",), {"fxcmpy": FIRST}, API_KEY, rb"[0-9a-f]{40}"),
    key("ig", "IG", ("trading_ig",), {"IGService": (2,)}, ("api_key",), rb"[0-9a-f]{40}"),
    key(
        "databento",
        "Databento",
        ("databento",),
        {"Historical": FIRST, "Live": FIRST, "Reference": FIRST},
        API_KEY,
        rb"db-[0-9A-Za-z]{29}",
    ),
    key("iex", "IEX Cloud", ("pyEX", "iexfinance"), {"Client": FIRST, "Stock": ()}, API_KEY, rb"T?[ps]k_[0-9a-f]{32}"),
    key(
        "polygon",
        "Polygon (Massive)",
        ("polygon", "massive"),
        {"RESTClient": FIRST, "WebSocketClient": FIRST, "StocksClient": FIRST, "StreamClient": FIRST},
        API_KEY,
        rb"[0-9A-Za-z_]{32}",
    ),
    key("tiingo", "Tiingo", ("tiingo",), {"TiingoClient": ()}, API_KEY, rb"[0-9a-f]{40}"),
    key(
        "finnhub",
        "Finnhub",
        ("finnhub",),
        {"Client": FIRST},
        API_KEY,
        rb"(?:sandbox_)?[0-9a-z]{20}|[0-9a-z]{40}",
        alone=False,
    ),
    key(
        "alphavantage",
        "Alpha Vantage",
        ("alpha_vantage",),
        {
            "TimeSeries": FIRST,
            "ForeignExchange": FIRST,
            "CryptoCurrencies": FIRST,
            "TechIndicators": FIRST,
            "FundamentalData": FIRST,
            "SectorPerformances": FIRST,
        },
        API_KEY,
        rb"[0-9A-Z]{16}",
    ),
    key(
        "fred",
        "FRED",
        ("fredapi", "full_fred", "fedfred"),
        {"Fred": FIRST, "FredAPI": FIRST},
        API_KEY,
        rb"[0-9a-z]{32}",
    ),
    key("twelvedata", "Twelve Data", ("twelvedata",), {"TDClient": FIRST}, API_KEY, rb"[0-9a-f]{32}"),
    key("newsapi", "NewsAPI", ("newsapi",), {"NewsApiClient": FIRST}, API_KEY, rb"[0-9a-f]{32}"),
    key(
        "eodhd",
        "EODHD",
        ("eod", "eodhd"),
        {"EodHistoricalData": FIRST, "APIClient": FIRST},
        API_KEY,
        rb"[0-9a-f]{13,14}\.[0-9]{7,8}",
    ),
    key(
        "coinmarketcap",
        "CoinMarketCap",
        ("coinmarketcapapi", "requests_coinmarketcap"),
        {"CoinMarketCapAPI": FIRST},
        API_KEY,
        UUID,
    ),
    key("coinapi", "CoinAPI", ("coinapi_rest_v1", "coinapi"), {"CoinAPIv1": FIRST}, API_KEY, UUID),
    key("quiver", "Quiver Quantitative", ("quiverquant",), {"quiver": FIRST}, API_KEY, rb"[0-9a-f]{40}"),
    key(
        "quantconnect",
        "QuantConnect",
        ("quantconnect", "lean"),
        {"MyAPI": (1,), "Api": (1,), "API": (1,)},
        API_KEY,
        rb"[0-9a-f]{64}",
    ),
    key("wandb", "Weights & Biases", ("wandb",), {"login": PAIR}, ("key",), rb"[0-9a-f]{40}", alone=False),
    key(
        "openai", "OpenAI", ("openai",), {"OpenAI": FIRST, "AsyncOpenAI": FIRST}, API_KEY, rb"sk-[0-9A-Za-z_-]{20,200}"
    ),
    key("anthropic", "Anthropic", ("anthropic",), {"Anthropic": FIRST}, API_KEY, rb"sk-ant-[0-9A-Za-z_-]{20,200}"),
    key(
        "slack",
        "Slack",
        ("slack", "slack_sdk", "slack_bolt", "slackclient"),
        {"WebClient": FIRST, "SlackClient": FIRST, "App": ()},
        ("token", "signing_secret"),
        rb"xox[a-z]-[0-9A-Za-z-]{10,100}",
        alone=False,
    ),
    key(
        "telegram",
        "Telegram",
        ("telegram", "telebot", "aiogram", "telethon"),
        {"Bot": FIRST, "TeleBot": FIRST, "Updater": FIRST, "TelegramClient": (2,)},
        ("token", "api_hash"),
        rb"[0-9]{8,10}:[0-9A-Za-z_-]{35}",
    ),
    key("twilio", "Twilio", ("twilio",), {"Client": (1,)}, (), rb"[0-9a-f]{32}", alone=False),
    key(
        "aws",
        "AWS",
        ("boto3", "boto", "aiobotocore", "aioboto3"),
        {"client": (6, 7), "resource": (6, 7), "Session": PAIR, "connect_s3": PAIR},
        ("aws_access_key_id", "aws_secret_access_key"),
        rb"A[KS]IA[0-9A-Z]{16}|[0-9A-Za-z+/]{40}",
        alone=False,
    ),
    key("minio", "MinIO", ("minio",), {"Minio": (2,)}, ("secret_key",), rb"[0-9A-Za-z+/]{40}", alone=False),
    login("robinhood", "Robinhood", ("robin_stocks",), {"login": (1,)}),
    login("tastytrade", "tastytrade", ("tastytrade",), {"Session": (1,)}),
    login("ig", "IG", ("trading_ig",), {"IGService": (1,)}),
    login("metatrader", "MetaTrader", ("MetaTrader5",), {"login": (1,), "initialize": ()}),
    login(
        "database",
        "database",
        ("psycopg2", "psycopg", "asyncpg", "aiopg", "psycopg_pool"),
        {"connect": FIRST, "create_pool": FIRST, "ConnectionPool": FIRST},
        shape=rb"(?:.{0,200}[\s?&])?password[ ]{0,3}=[ ]{0,3}'?(?P<secret>[^\s'&]{6,64})(?:[\s'&].{0,200})?",
    ),
    login(
        "database",
        "database",
        ("pymysql", "MySQLdb", "mysql", "pymssql", "aiomysql"),
        {"connect": (2,), "Connection": (2,), "create_pool": ()},
        ("password", "passwd"),
    ),
    login("database", "database", ("cx_Oracle", "oracledb"), {"connect": (1,), "create_pool": (1,)}),
    login(
        "database",
        "database",
        ("clickhouse_driver", "pymongo", "clickhouse_connect"),
        {"Client": (4,), "MongoClient": (), "get_client": (2,)},
    ),
    login("redis", "Redis", ("redis", "aioredis", "rediscluster"), {"Redis": (3,), "RedisCluster": ()}),
    login("influxdb", "InfluxDB", ("influxdb", "influxdb_client"), {"InfluxDBClient": (3,)}, ("password", "token")),
    login("http", "HTTP", ("requests", "httpx", "aiohttp"), {"BasicAuth": (1,), "DigestAuth": (1,)}),
)
