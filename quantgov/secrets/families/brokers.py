"""Keys and logins of brokers, and of the platforms that orders reach them through."""

from __future__ import annotations

from quantgov.secrets.detector import Detector
from quantgov.secrets.naming import (
    CHOSEN,
    CHOSEN_END,
    END,
    LOGIN_ADVICE,
    UUID,
    forms,
    is_issued,
    is_password,
    login,
    named,
    of_vendor,
)

START = rb"(?<![0-9A-Za-z_-])"
HEX_32 = rb"[0-9a-fA-F]{32}"
ALNUM_32 = rb"[0-9A-Za-z]{32}"
ALPACA = rb"(?i:alpaca|apca|tradeapi)"  # the last is the name that its SDK is imported as
ALPACA_IDS = (rb"PK[A-Z0-9]{16}", rb"AK[A-Z0-9]{16}", rb"CK[A-Z0-9]{16}")
ALPACA_ADVICE = "Regenerate the key pair in the Alpaca dashboard: anyone who holds it can place orders on the account."
TRADE = "{}: whoever holds it can place orders on the account and read its positions."


def broker(
    vendor: str, title: str, words: bytes | tuple[bytes, ...], value: bytes, where: str = "", public: bytes = b""
) -> Detector:
    """Return the row for a vendor whose keys have a shape, and no prefix that is theirs alone."""
    advice = TRADE.format(where or f"Revoke the key in your {title} account")
    return of_vendor(
        f"{vendor}-key", f"{title} API key or secret", words, value, vendor=vendor, advice=advice, public=public
    )


ROWS = (
    Detector(
        "alpaca-key-id",
        "Alpaca key ID",
        ALPACA_IDS,
        rb"(?<![0-9A-Za-z])(?P<secret>[PAC]K(?=[A-Z]{0,23}[0-9])[A-Z0-9]{16,24})(?![0-9A-Za-z])",
        vendor="alpaca",
        context=ALPACA,
        public=rb"[PAC]K",
        advice=ALPACA_ADVICE,
    ),
    Detector(
        "alpaca-secret-key",
        "Alpaca secret key",
        ALPACA_IDS,  # the secret is the argument after the key ID
        rb"[PAC]K[A-Z0-9]{16,24}[\"'],\s{0,40}(?:\w{1,30}\s?=\s?)?[\"'](?P<secret>[0-9A-Za-z/+]{40,44})[\"']",
        vendor="alpaca",
        context=ALPACA,
        advice=ALPACA_ADVICE,
    ),
    Detector(
        "alpaca-secret-key",
        "Alpaca secret key",
        *named((b"alpaca", b"apca"), rb"[0-9A-Za-z/+]{40}(?:[0-9A-Za-z/+]{4})?", forms(rb"(?i:secret)", bare=False)),
        vendor="alpaca",
        advice=ALPACA_ADVICE,
        judge=is_issued,
    ),
    broker(
        "alpaca",
        "Alpaca OAuth",
        (b"alpaca", b"apca"),
        HEX_32 + rb"|" + UUID,
        "Revoke the token in the Alpaca dashboard",
    ),
    login(
        "interactive-brokers",
        "Interactive Brokers",
        (
            b"ibkr",
            b"interactive_brokers",
            b"interactivebrokers",
            b"interactive-brokers",
            b"interactive brokers",
            b"ibgateway",
            b"ib_gateway",
            b"ib-gateway",
            b"ib gateway",
            b"ibpassword",
            b"ib_pass",
            b"ib_user",
            b"ibloginid",
            b"tws",
            b"ibeam",
            b"ibc:",
        ),
    ),
    Detector(
        "interactive-brokers-password",
        "Interactive Brokers password",
        tuple(
            b"(?i:" + word + b")" + rb"(?:_?live|_?paper)?[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?[^\s\"']{6}"
            for word in (b"ibpassword", b"ib_password", b"fixpassword", b"tws_password", b"twspassword")
        ),
        rb"\w{6,24}[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?P<secret>" + CHOSEN + rb")" + CHOSEN_END,
        vendor="interactive-brokers",
        advice=LOGIN_ADVICE.format("Interactive Brokers"),
        chosen=True,
        judge=is_password,
    ),
    Detector(
        "oanda-key",
        "OANDA API token",
        (rb"-(?<=[0-9a-f]{32}-)[0-9a-f]{32}",),
        START + rb"(?P<secret>[0-9a-f]{32}-[0-9a-f]{32})" + END,
        reach=32,
        vendor="oanda",
        context=rb"(?i:oanda|fxtrade|fxpractice|v20|tpqoa|token|bearer)",
        advice=TRADE.format("Revoke the token under OANDA's API access"),
        judge=is_issued,
    ),
    broker("tradier", "Tradier", b"tradier", rb"[0-9A-Za-z]{28}", "Regenerate the token in Tradier's API settings"),
    broker("tradestation", "TradeStation", (b"tradestation", b"trade_station"), rb"[0-9A-Za-z_-]{64}|" + ALNUM_32),
    broker("schwab", "Schwab", b"schwab", ALNUM_32 + rb"|[0-9A-Za-z]{48}|[0-9A-Za-z]{64}|[0-9A-Za-z]{16}"),
    broker(
        "schwab",
        "TD Ameritrade",
        (b"ameritrade", b"tda_", b"tdapi", b"td_api", b"td_client", b"td_consumer"),
        rb"[0-9A-Z]{32}(?:@AMER\.OAUTHAP)?|[0-9A-Za-z]{32}",
    ),
    broker("etrade", "E*TRADE", b"etrade", rb"[0-9a-f]{64}|[0-9a-f]{32}"),
    login("etrade", "E*TRADE", (b"etrade",)),
    Detector(
        "robinhood-key",
        "Robinhood API key",
        (rb"rh-api-[0-9a-f]{8}",),
        START + rb"(?P<secret>rh-api-" + UUID + rb")" + END,
        vendor="robinhood",
        public=rb"rh-api-",
        traces=(b"rh-api-",),
        advice=TRADE.format("Revoke the key in Robinhood's API settings"),
        judge=is_issued,
    ),
    broker("robinhood", "Robinhood", b"robinhood", rb"[0-9A-Za-z+/]{43}=|[0-9A-Za-z+/]{86}==|[0-9a-f]{40}"),
    login("robinhood", "Robinhood", (b"robinhood", b"robin_stocks", b"rh_")),
    broker("tastytrade", "tastytrade", (b"tastytrade", b"tastyworks"), rb"[0-9a-f]{40}|" + UUID),
    login("tastytrade", "tastytrade", (b"tastytrade", b"tastyworks", b"tasty_")),
    broker("saxo", "Saxo", b"saxo", HEX_32, "Delete the app in Saxo's developer portal"),
    broker(
        "ig",
        "IG",
        (
            b"ig_api",
            b"ig_key",
            b"ig-api",
            b"igmarkets",
            b"ig_markets",
            b"ig_service",
            b"igservice",
            b"trading_ig",
            b"ig_live",
            b"ig_demo",
            b"ig_acc",
        ),
        rb"[0-9a-f]{40}",
        "Disable the key under IG's API keys",
    ),
    login(
        "ig", "IG", (b"igmarkets", b"ig_markets", b"ig_service", b"igservice", b"ig_pass", b"ig_user", b"trading_ig")
    ),
    login("cmc-markets", "CMC Markets", (b"cmcmarkets", b"cmc_markets", b"cmc-markets")),
    broker("fxcm", "FXCM", (b"fxcm", b"fxcmpy"), rb"[0-9a-f]{40}", "Revoke the token in FXCM's Trading Station"),
    login("fxcm", "FXCM", (b"fxcm",)),
    login("dukascopy", "Dukascopy", (b"dukascopy", b"jforex")),
    login(
        "metatrader",
        "MetaTrader",
        (b"metatrader", b"meta_trader", b"mt5", b"mt4"),
    ),
    Detector(
        "metatrader-password",
        "MetaTrader password",
        tuple(word + rb"\.login\([^()\n]{1,80}[\"'][^\s\"']{6}" for word in (b"mt4", b"mt5", b"MetaTrader5")),
        rb"\w{3,11}\.login\((?:login[ \t]?=[ \t]?)?\w{1,20},[ \t]{0,4}(?:password[ \t]?=[ \t]?)?"
        rb"[\"'](?P<secret>[^\s\"']{6,64})[\"']",
        vendor="metatrader",
        advice=LOGIN_ADVICE.format("MetaTrader's broker"),
        chosen=True,
        judge=is_password,
    ),
    broker(
        "metaapi",
        "MetaApi",
        (b"metaapi", b"meta_api", b"meta-api"),
        rb"eyJ[\w-]{10,200}\.[\w-]{10,4000}\.[\w-]{20,700}|[0-9A-Za-z]{32,64}",
        "Revoke the token at app.metaapi.cloud",
        public=rb"eyJ",
    ),
    broker("questrade", "Questrade", b"questrade", rb"[0-9A-Za-z_-]{32,40}", "Revoke the app in Questrade's App Hub"),
    broker(
        "zerodha",
        "Zerodha Kite",
        (b"kite", b"zerodha"),
        rb"[0-9A-Za-z]{32}|[0-9a-z]{16}|[0-9A-Za-z+/]{86}==",
        "Regenerate the secret at developers.kite.trade",
    ),
    login("zerodha", "Zerodha", (b"zerodha", b"kite_")),
    broker("upstox", "Upstox", b"upstox", UUID + rb"|[0-9a-z]{10}|eyJ[\w-]{10,200}\.[\w-]{10,600}\.[\w-]{20,200}"),
    broker(
        "angel-one",
        "Angel One",
        (
            b"angelone",
            b"angel_one",
            b"angel-one",
            b"angel_",
            b"angelbroking",
            b"smartapi",
            b"smart_api",
            b"smartconnect",
        ),
        rb"[0-9A-Za-z]{8}|[A-Z2-7]{26}|[A-Z2-7]{32}|" + UUID,
        "Delete the app at smartapi.angelbroking.com",
    ),
    broker("fyers", "Fyers", b"fyers", rb"[0-9A-Z]{10}(?:-[0-9]{3})?|eyJ[\w-]{10,200}\.[\w-]{10,600}\.[\w-]{20,200}"),
    broker("dhan", "Dhan", (b"dhan",), rb"eyJ[\w-]{10,200}\.[\w-]{10,600}\.[\w-]{20,200}|[0-9a-f]{8,40}"),
    broker("webull", "Webull", b"webull", rb"[0-9a-fA-F]{32}|[0-9a-z]{50,64}"),
    login("webull", "Webull", (b"webull",)),
    Detector(
        "tiger-key",
        "Tiger Brokers private key",
        (
            rb"(?i:private_key_pk)[18][ \t]{0,4}[:=][ \t]{0,4}[\"']?MII",
            rb"(?i:tiger_private_key)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?MII",
        ),
        rb"\w{14,20}[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?P<secret>MII[0-9A-Za-z+/]{200,4000}={0,2})",
        vendor="tiger",
        public=rb"MII",
        advice=TRADE.format("Generate a new key pair in Tiger's developer settings"),
        judge=is_issued,
    ),
    broker("futu", "Futu", (b"futu_", b"futuapi", b"futuopend", b"moomoo"), HEX_32, "Change the trading password"),
    login("futu", "Futu", (b"futu_", b"futuapi", b"futuopend", b"moomoo")),
    Detector(
        "futu-password",
        "Futu trading password",
        (rb"unlock_trade\([^()\n]{0,40}[\"'][^\s\"']{6}",),
        rb"unlock_trade\((?:password(?:_md5)?[ \t]?=[ \t]?)?[\"'](?P<secret>[^\s\"']{6,64})[\"']",
        vendor="futu",
        advice=LOGIN_ADVICE.format("Futu"),
        chosen=True,
        judge=is_password,
    ),
    login("lightspeed", "Lightspeed", (b"lightspeed",)),
    login("rithmic", "Rithmic", (b"rithmic",)),
    login("saxo", "Saxo", (b"saxo",)),
    login("degiro", "DEGIRO", (b"degiro",)),
)
