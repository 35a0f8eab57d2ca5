"""Keys of the data vendors and brokers that quant teams use."""

from __future__ import annotations

from quantgov.secrets.detector import Detector

ALPACA = rb"(?i:alpaca|apca|tradeapi)"  # the last is the name that its SDK is imported as
ALPACA_IDS = (rb"PK[A-Z0-9]{16}", rb"AK[A-Z0-9]{16}", rb"CK[A-Z0-9]{16}")
ALPACA_ADVICE = "Regenerate the key pair in the Alpaca dashboard: anyone who holds it can place orders on the account."

ROWS = (
    Detector(
        name="tickdb-api-key",
        title="TickDB API key",
        anchors=(rb"tk_(?:live|test)_[0-9A-Za-z]{16}",),
        pattern=rb"(?P<secret>tk_(?:live|test)_[0-9A-Za-z]{16,64})(?![0-9A-Za-z])",
        public=rb"tk_(?:live|test)_",
        traces=(b"k_live_", b"k_test_"),
        advice="Revoke the key in the TickDB console and issue a new one.",
    ),
    Detector(
        name="alpaca-key-id",
        title="Alpaca key ID",
        anchors=ALPACA_IDS,
        pattern=rb"(?<![0-9A-Za-z])(?P<secret>[PAC]K(?=[A-Z]{0,23}[0-9])[A-Z0-9]{16,24})(?![0-9A-Za-z])",
        context=ALPACA,
        public=rb"[PAC]K",
        advice=ALPACA_ADVICE,
    ),
    Detector(
        name="alpaca-secret-key",
        title="Alpaca secret key",
        anchors=ALPACA_IDS,  # the secret is the argument after the key ID
        pattern=rb"[PAC]K[A-Z0-9]{16,24}[\"'],\s{0,40}(?:\w{1,30}\s?=\s?)?[\"'](?P<secret>[0-9A-Za-z/+]{40,44})[\"']",
        context=ALPACA,
        advice=ALPACA_ADVICE,
    ),
    Detector(
        name="alpaca-secret-key",
        title="Alpaca secret key",
        anchors=tuple(
            b"(?i:" + word + b")" + rb"[\w.-]{0,40}(?i:secret)[^\n]{0,40}[0-9A-Za-z/+]{40}"
            for word in (b"apca", b"alpaca")
        ),
        pattern=ALPACA
        + rb"[\w.-]{0,40}(?i:secret)[\w\"'\]\).-]{0,20}\s{0,8}(?:[:=,(]|:=|:\s?str\s?=)\s{0,8}[\"']?"
        + rb"(?P<secret>[0-9A-Za-z/+]{40,44})(?![0-9A-Za-z/+])",
        advice=ALPACA_ADVICE,
    ),
)
