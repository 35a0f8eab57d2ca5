"""Brokers, exchanges and wallets."""

from __future__ import annotations

from quantgov.secrets.vendors.entry import GONE, LOGIN_RESET, RESET, TRADING, WALLET, Vendor

TABLE = {
    "alpaca": Vendor(
        "Alpaca",
        TRADING,
        "https://app.alpaca.markets > API Keys > Regenerate (an account has one pair; live and paper have their own)",
        "Activities and Orders in the dashboard, or GET /v2/account/activities: fills and transfers",
        RESET,
    ),
    "angel-one": Vendor("Angel One", TRADING, "https://smartapi.angelone.in > My apps > delete or reset the app"),
    "binance": Vendor(
        "Binance",
        TRADING,
        "https://www.binance.com/en/my/settings/api-management > Delete",
        "Account > Security > Account Activity; Orders > Trade History; Wallet > Transaction History (withdrawals)",
    ),
    "bitfinex": Vendor(
        "Bitfinex", TRADING, "https://setting.bitfinex.com/api > Revoke", "Reports > Login history, Trades, Movements"
    ),
    "bitget": Vendor("Bitget", TRADING, "https://www.bitget.com > Account > API Keys > Delete"),
    "bithumb": Vendor("Bithumb", TRADING, "https://www.bithumb.com > My page > API management > Delete"),
    "bitmex": Vendor(
        "BitMEX", TRADING, "https://www.bitmex.com/app/apiKeys > Delete", "Trade History and Wallet History; sessions"
    ),
    "bitstamp": Vendor(
        "Bitstamp", TRADING, "https://www.bitstamp.net > Settings > API access > Deactivate, then Delete"
    ),
    "bittrex": Vendor("Bittrex", TRADING, GONE, "nothing to check there", damage="Nothing there any more."),
    "bybit": Vendor(
        "Bybit",
        TRADING,
        "https://www.bybit.com/app/user/api-management > Delete",
        "Orders > history; Assets > History; Account & Security > Account Activity",
    ),
    "ccxt": Vendor(
        "the exchange that ccxt was called for",
        TRADING,
        "The class that ccxt was called by names the exchange: its settings > API > delete the key",
    ),
    "cmc-markets": Vendor("CMC Markets", TRADING, "Platform > Settings > Security > password", rotate=LOGIN_RESET),
    "coinbase": Vendor(
        "Coinbase",
        TRADING,
        "https://portal.cdp.coinbase.com/projects/api-keys > Delete; older keys: coinbase.com > Settings > API",
        "the account's transactions (trades, sends); Settings > Activity for sessions",
    ),
    "crypto-com": Vendor("Crypto.com", TRADING, "https://crypto.com/exchange > Settings > API Management > Delete"),
    "degiro": Vendor("DEGIRO", TRADING, "Profile > Security > change the password", rotate=LOGIN_RESET),
    "deribit": Vendor(
        "Deribit",
        TRADING,
        "https://www.deribit.com > Account > API > Delete",
        "Account > Access log, Transaction log and Trade history",
    ),
    "dhan": Vendor("Dhan", TRADING, "https://web.dhan.co > My Profile > Access DhanHQ APIs > revoke the token"),
    "dukascopy": Vendor("Dukascopy", TRADING, "My Account > Security > change the password", rotate=LOGIN_RESET),
    "dydx": Vendor("dYdX", TRADING, "Derive a new API key from the wallet; if the wallet's key leaked, move its funds"),
    "etrade": Vendor(
        "E*TRADE",
        TRADING,
        "https://us.etrade.com/etx/ris/apikey > deactivate the consumer key; GET /oauth/revoke_access_token",
    ),
    "ftx": Vendor("FTX", TRADING, GONE, "nothing to check there", damage="Nothing there any more."),
    "futu": Vendor(
        "Futu",
        TRADING,
        "Futu or moomoo app > Me > Settings > Security: change the login and the trade password, remove the devices",
        rotate=LOGIN_RESET,
    ),
    "fxcm": Vendor("FXCM", TRADING, "Trading Station > User Account > Token Management > delete the token"),
    "fyers": Vendor("Fyers", TRADING, "https://myapi.fyers.in/dashboard > the app > delete or reset the secret"),
    "gate": Vendor("Gate", TRADING, "https://www.gate.com/myaccount/api_key_manage > Delete"),
    "gemini": Vendor("Gemini", TRADING, "https://exchange.gemini.com/settings/api > Deactivate"),
    "huobi": Vendor("HTX (Huobi)", TRADING, "https://www.htx.com > Account > API Management > Delete"),
    "ig": Vendor("IG", TRADING, "My IG > Settings > API keys > Revoke; My IG > Settings > Security for the password"),
    "interactive-brokers": Vendor(
        "Interactive Brokers",
        TRADING,
        "Client Portal > Settings > Security: change the password; for OAuth: Settings > API > revoke the consumer; "
        "by telephone the desk locks the account at once",
        "Client Portal > Performance & Reports > Statements (trades, transfers); Settings > Access log",
        LOGIN_RESET,
    ),
    "kraken": Vendor(
        "Kraken",
        TRADING,
        "https://pro.kraken.com/app/settings/api > Delete",
        "History > Ledger and Trades; Settings > Security > account activity",
    ),
    "kucoin": Vendor("KuCoin", TRADING, "https://www.kucoin.com/account/api > Delete"),
    "lightspeed": Vendor("Lightspeed", TRADING, "Have the trade desk lock the login", rotate=LOGIN_RESET),
    "luno": Vendor("Luno", TRADING, "https://www.luno.com/wallet/security/api_keys > Revoke"),
    "metaapi": Vendor("MetaApi", TRADING, "https://app.metaapi.cloud/token > revoke the token"),
    "metatrader": Vendor(
        "the MetaTrader broker",
        TRADING,
        "Terminal > Tools > Options > Server > Change: both the master and the investor password",
        "the terminal's History and Journal: orders and logins that are not yours",
        LOGIN_RESET,
    ),
    "mexc": Vendor("MEXC", TRADING, "https://www.mexc.com/user/openapi > Delete"),
    "oanda": Vendor(
        "OANDA",
        TRADING,
        "https://hub.oanda.com > Tools > API > Revoke (the token holds for every sub-account)",
        "GET /v3/accounts/{id}/transactions: orders and transfers that no strategy of yours made",
        RESET,
    ),
    "okx": Vendor(
        "OKX",
        TRADING,
        "https://www.okx.com/account/my-api > Delete",
        "Trade > Order center; Assets > Funding history; Security > device and login history",
    ),
    "poloniex": Vendor("Poloniex", TRADING, "https://poloniex.com > Settings > API Keys > Delete"),
    "questrade": Vendor("Questrade", TRADING, "https://apphub.questrade.com > My apps > revoke the token"),
    "rithmic": Vendor("Rithmic", TRADING, "Have the broker lock the login", rotate=LOGIN_RESET),
    "robinhood": Vendor(
        "Robinhood",
        TRADING,
        "https://robinhood.com/account/crypto > API trading > disable the key; Account > Security: change the password "
        "and log all devices out",
    ),
    "saxo": Vendor(
        "Saxo", TRADING, "https://www.developer.saxo/openapi/appmanagement > the app > new secret; Settings > Security"
    ),
    "schwab": Vendor(
        "Charles Schwab",
        TRADING,
        "https://developer.schwab.com/dashboard/apps > the app > Modify > reset the secret; Profile > Security for "
        "what was granted to it",
        rotate=RESET,
    ),
    "tastytrade": Vendor(
        "tastytrade", TRADING, "https://my.tastytrade.com > Manage > API > OAuth applications > revoke; Security"
    ),
    "tiger": Vendor(
        "Tiger Brokers",
        TRADING,
        "https://developer.itigerup.com/profile > upload the public half of a new key: the old one ends",
        rotate=RESET,
    ),
    "tradestation": Vendor("TradeStation", TRADING, "Have TradeStation's client experience rotate the API secret"),
    "tradier": Vendor("Tradier", TRADING, "https://dash.tradier.com/settings/api > regenerate the token", rotate=RESET),
    "upbit": Vendor("Upbit", TRADING, "https://upbit.com/mypage/open_api_management > Delete"),
    "upstox": Vendor("Upstox", TRADING, "https://account.upstox.com/developer/apps > the app > reset or delete"),
    "wallet": Vendor(
        "nobody: a wallet has no issuer",
        WALLET,
        "Nothing revokes it. Move everything to a wallet made on a clean machine, now, the most valuable first; then "
        "take back what contracts were approved to spend",
        rotate="At once, without waiting for anything: whoever moves first has the funds",
    ),
    "webull": Vendor("Webull", TRADING, "Account > Security: change the login and trading password; API > revoke"),
    "zerodha": Vendor(
        "Zerodha Kite",
        TRADING,
        "https://developers.kite.trade/apps > the app > Regenerate API secret; Console > Account > password",
        rotate=RESET,
    ),
}
