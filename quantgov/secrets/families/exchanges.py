"""Keys of crypto exchanges, of wallets and of the nodes and explorers that on-chain research reads."""

from __future__ import annotations

import re

from quantgov.secrets.detector import Detector
from quantgov.secrets.naming import END, KEYED_ONLY, NAMED, UUID, is_issued, named, of_vendor

START = rb"(?<![0-9A-Za-z_-])"
HEX_32 = rb"[0-9a-f]{32}|[0-9A-F]{32}"
ALNUM_32 = rb"[0-9A-Za-z]{32}"
BASE64_88 = rb"[0-9A-Za-z+/]{86}=="
TRADE = "{}: whoever holds it can trade on the account, and withdraw from it if the key may."
READ = "{}: whoever holds it can read through it at your expense until the plan's limit is reached."
WALLET_ADVICE = (
    "Move what the wallet holds to a new one at once: whoever has this controls it, and it cannot be revoked."
)


def exchange(vendor: str, title: str, words: bytes | tuple[bytes, ...], value: bytes, where: str) -> Detector:
    return of_vendor(
        f"{vendor}-key", f"{title} API key or secret", words, value, vendor=vendor, advice=TRADE.format(where)
    )


def node(vendor: str, title: str, words: bytes | tuple[bytes, ...], value: bytes, where: str) -> Detector:
    return of_vendor(f"{vendor}-key", f"{title} API key", words, value, vendor=vendor, advice=READ.format(where))


def prefixed(
    vendor: str, title: str, anchor: bytes, value: bytes, public: bytes, where: str, context: bytes = b""
) -> Detector:
    """Return the row for a key with a prefix of its own. One that other keys may share needs its context."""
    return Detector(
        f"{vendor}-key",
        f"{title} API key or secret",
        (anchor,),
        START + b"(?P<secret>" + value + b")" + END,
        vendor=vendor,
        advice=TRADE.format(where),
        context=context,
        public=public,
        judge=is_issued,
    )


def in_address(vendor: str, title: str, host: bytes, path: bytes, value: bytes, where: str) -> Detector:
    """Return the row for a key that is a part of the path of its vendor's addresses."""
    return Detector(
        f"{vendor}-key",
        f"{title} API key",
        (host.replace(b".", rb"\.") + path + value,),
        host.replace(b".", rb"\.") + path + b"(?P<secret>" + value + rb")(?![\w-])",
        vendor=vendor,
        advice=READ.format(where),
        judge=is_issued,
    )


WORDS = re.compile(rb"[a-z]{3,8}")
# The commonest words of prose, none of which is in BIP-39's list.
PROSE = {b"the", b"and", b"for", b"with", b"your", b"from", b"are", b"was", b"has", b"have", b"not", b"must", b"its"}


def is_mnemonic(phrase: bytes) -> bool:
    """Whether these may be a wallet's words: as many as BIP-39 has, no prose, and not one word over and over."""
    words = WORDS.findall(phrase)
    is_test = len(set(words)) * 4 <= len(words) * 3  # `abandon abandon ... about`, `test test ... junk`
    return len(words) in (12, 15, 18, 21, 24) and not is_test and not PROSE & set(words)


def is_wallet_key(value: bytes) -> bool:
    return is_issued(value.removeprefix(b"0x"))


ROWS = (
    exchange("binance", "Binance", b"binance", rb"[0-9A-Za-z]{64}", "Delete the key in Binance's API Management"),
    exchange("bybit", "Bybit", b"bybit", rb"[0-9A-Za-z]{36}|[0-9A-Za-z]{18}", "Delete the key under Bybit's API page"),
    exchange("okx", "OKX", (b"okx", b"okex"), UUID + rb"|" + HEX_32, "Delete the key under OKX's API page"),
    exchange(
        "coinbase",
        "Coinbase",
        b"coinbase",
        rb"[0-9A-Za-z_-]{64}|" + BASE64_88 + rb"|" + UUID + rb"|[0-9A-Za-z]{32}|[0-9A-Za-z]{16}",
        "Delete the key at portal.cdp.coinbase.com, older ones in Coinbase's API settings",
    ),
    Detector(
        "coinbase-key",
        "Coinbase Developer Platform private key",
        (rb"privateKey[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"'][0-9A-Za-z+/]{86}==",),
        rb"privateKey[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"'](?P<secret>" + BASE64_88 + rb")[\"']",
        vendor="coinbase",
        advice=TRADE.format("Delete the key at portal.cdp.coinbase.com"),
        judge=is_issued,
    ),
    exchange(
        "kraken",
        "Kraken",
        b"kraken",
        BASE64_88 + rb"|[0-9A-Za-z+/]{56}|[0-9A-Za-z+/=_-]{80,90}",
        "Delete the key in Kraken's API settings",
    ),
    exchange("bitfinex", "Bitfinex", b"bitfinex", rb"[0-9A-Za-z]{42,43}", "Revoke the key under Bitfinex's API keys"),
    exchange("bittrex", "Bittrex", b"bittrex", rb"[0-9a-z]{32}", "Use the value nowhere else (Bittrex has closed)"),
    exchange("bitstamp", "Bitstamp", b"bitstamp", ALNUM_32, "Deactivate the key under Bitstamp's API Access"),
    exchange("deribit", "Deribit", b"deribit", rb"[0-9A-Za-z_-]{43,44}", "Delete the key under Deribit's API page"),
    exchange("ftx", "FTX", b"ftx", rb"[0-9A-Za-z_-]{40}", "Use the value nowhere else (FTX has closed)"),
    exchange("kucoin", "KuCoin", b"kucoin", UUID + rb"|[0-9a-f]{24}", "Delete the key in KuCoin's API Management"),
    exchange(
        "gate",
        "Gate",
        (b"gateio", b"gate_io", b"gate.io", b"gate-io"),
        rb"[0-9a-f]{64}|[0-9A-Fa-f]{32}",
        "Delete the key under Gate's API Key Management",
    ),
    exchange(
        "huobi",
        "HTX (Huobi)",
        (b"huobi", b"htx"),
        rb"[0-9a-z]{8,10}-[0-9a-z]{8}-[0-9a-z]{8}-[0-9a-z]{5}",
        "Delete the key in HTX's API Management",
    ),
    exchange("bitget", "Bitget", b"bitget", rb"[0-9a-f]{64}", "Delete the key under Bitget's API keys"),
    prefixed("bitget", "Bitget", rb"bg_[0-9a-f]{32}", rb"bg_[0-9a-f]{32}", b"bg_", "Delete the key at Bitget"),
    exchange(
        "bitmex", "BitMEX", b"bitmex", rb"[0-9A-Za-z_-]{48}|[0-9A-Za-z_-]{24}", "Delete the key under BitMEX's API Keys"
    ),
    prefixed(
        "gemini",
        "Gemini",
        rb"account-[0-9A-Za-z]{20}",
        rb"account-[0-9A-Za-z]{20}",
        b"account-",
        "Deactivate the key in Gemini's API settings",
        rb"(?i:gemini)",
    ),
    prefixed(
        "gemini",
        "Gemini",
        rb"master-[0-9A-Za-z]{20}",
        rb"master-[0-9A-Za-z]{20}",
        b"master-",
        "Deactivate the key in Gemini's API settings",
        rb"(?i:gemini)",
    ),
    exchange("gemini", "Gemini", b"gemini", rb"[0-9A-Za-z]{27,28}", "Deactivate the key in Gemini's API settings"),
    exchange(
        "crypto-com",
        "Crypto.com",
        (b"crypto.com", b"crypto_com", b"cryptocom", b"crypto-com"),
        rb"(?:cxakp_)?[0-9A-Za-z]{22}",
        "Delete the key in Crypto.com Exchange's API Management",
    ),
    prefixed(
        "crypto-com",
        "Crypto.com",
        rb"cxakp_[0-9A-Za-z]{22}",
        rb"cxakp_[0-9A-Za-z]{22}",
        b"cxakp_",
        "Delete the key in Crypto.com Exchange's API Management",
    ),
    prefixed(
        "mexc",
        "MEXC",
        rb"mx0[0-9A-Za-z]{15}",
        rb"mx0[0-9A-Za-z]{15,16}",
        b"mx0",
        "Delete the key in MEXC's API Management",
        rb"(?i:mexc)",
    ),
    exchange("mexc", "MEXC", b"mexc", rb"[0-9a-f]{32}", "Delete the key in MEXC's API Management"),
    exchange(
        "poloniex",
        "Poloniex",
        b"poloniex",
        rb"[0-9A-Z]{8}(?:-[0-9A-Z]{8}){3}|[0-9a-f]{128}",
        "Delete the key under Poloniex's API Keys",
    ),
    exchange("upbit", "Upbit", b"upbit", rb"[0-9A-Za-z]{40}", "Delete the key in Upbit's Open API Management"),
    exchange("bithumb", "Bithumb", b"bithumb", rb"[0-9A-Za-z]{32}", "Delete the key in Bithumb's API Management"),
    exchange("luno", "Luno", b"luno", rb"[0-9A-Za-z_-]{43}|[0-9a-z]{13}", "Revoke the key under Luno's API keys"),
    exchange(
        "dydx",
        "dYdX",
        b"dydx",
        rb"(?:0x)?[0-9a-f]{62,64}|[0-9A-Za-z_-]{40}|" + UUID,
        "Derive new API keys for the dYdX account",
    ),
    Detector(
        "wallet-private-key",
        "private key of a wallet",
        *named(
            (
                b"private_key",
                b"privatekey",
                b"private key",
                b"private-key",
                b"privkey",
                b"priv_key",
                b"wallet_key",
                b"walletkey",
                b"eth_key",
                b"agent_key",
                b"signer_key",
                b"deployer_key",
                b"mainnet_pk",
                b"wallet_pk",
            ),
            rb"(?:0x)?[0-9a-fA-F]{64}",
            NAMED,
        ),
        vendor="wallet",
        advice=WALLET_ADVICE,
        judge=is_wallet_key,
    ),
    Detector(
        "wallet-private-key",
        "private key of a wallet",
        *named((b"hyperliquid", b"ethereum", b"metamask", b"web3", b"wallet"), rb"(?:0x)?[0-9a-fA-F]{64}", KEYED_ONLY),
        vendor="wallet",
        advice=WALLET_ADVICE,
        judge=is_wallet_key,
    ),
    Detector(
        "wallet-private-key",
        "private key of a wallet",
        (
            rb"(?i:from_key)\([bru]{0,2}[\"'](?:0x)?[0-9a-fA-F]{64}",
            rb"(?i:fromkey)\([bru]{0,2}[\"'](?:0x)?[0-9a-fA-F]{64}",
            rb"Wallet\([\"'](?:0x)?[0-9a-fA-F]{64}",
            rb"privateKeyToAccount\([\"'](?:0x)?[0-9a-fA-F]{64}",
        ),
        rb"\w{4,24}\([bru]{0,2}[\"'](?P<secret>(?:0x)?[0-9a-fA-F]{64})[\"']",
        vendor="wallet",
        advice=WALLET_ADVICE,
        judge=is_wallet_key,
    ),
    Detector(
        "wallet-mnemonic",
        "recovery phrase of a wallet",
        *named(
            (
                b"mnemonic",
                b"seed_phrase",
                b"seed phrase",
                b"seed-phrase",
                b"seedphrase",
                b"seed_words",
                b"recovery_phrase",
                b"recovery phrase",
                b"wallet_seed",
                b"secret_phrase",
            ),
            rb"[a-z]{3,8}(?:[ ][a-z]{3,8}){11,23}",
            NAMED,
            end=rb"(?![\w -])",
        ),
        vendor="wallet",
        advice=WALLET_ADVICE,
        judge=is_mnemonic,
    ),
    in_address(
        "alchemy",
        "Alchemy",
        b"alchemy",
        rb"(?:api)?\.(?:com|io)/(?:nft/)?v[23]/",
        rb"[0-9A-Za-z_-]{21,40}",
        "Delete the key in Alchemy's dashboard",
    ),
    node(
        "alchemy",
        "Alchemy",
        b"alchemy",
        rb"[0-9A-Za-z_-]{32}|[0-9A-Za-z_-]{21}",
        "Delete the key in Alchemy's dashboard",
    ),
    in_address(
        "infura", "Infura", b"infura.io", rb"/(?:ws/)?v3/", rb"[0-9a-f]{32}", "Delete the key in Infura's dashboard"
    ),
    node("infura", "Infura", b"infura", rb"[0-9a-f]{32}", "Delete the key in Infura's dashboard"),
    in_address(
        "quicknode", "QuickNode", b"quiknode.pro", rb"/", rb"[0-9a-f]{40}", "Roll the endpoint's token at QuickNode"
    ),
    prefixed(
        "quicknode",
        "QuickNode",
        rb"QN_[0-9a-f]{32}",
        rb"QN_[0-9a-f]{32}",
        b"QN_",
        "Delete the key in QuickNode's dashboard",
    ),
    node("quicknode", "QuickNode", b"quicknode", rb"[0-9a-f]{40}", "Roll the endpoint's token at QuickNode"),
    node(
        "etherscan",
        "Etherscan",
        (b"etherscan", b"bscscan", b"polygonscan", b"arbiscan", b"basescan", b"ftmscan", b"snowtrace"),
        rb"[0-9A-Z]{34}",
        "Delete the key under Etherscan's API Keys",
    ),
    node(
        "moralis",
        "Moralis",
        b"moralis",
        rb"[0-9A-Za-z]{64}|eyJ[\w-]{10,200}\.[\w-]{10,600}\.[\w-]{20,200}",
        "Delete the key in Moralis' settings",
    ),
    node(
        "walletconnect",
        "WalletConnect",
        (b"walletconnect", b"wallet_connect", b"reown"),
        rb"[0-9a-f]{32}",
        "Make a new project at cloud.reown.com",
    ),
)
