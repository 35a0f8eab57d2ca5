"""Keys of the data vendors and brokers that quant teams use."""

from samples import Sample

SAMPLES = (
    Sample("tickdb-api-key", "KEY = '[[tk_live_<alnum:24>]]'"),
    Sample("alpaca-key-id", "alpaca = REST('[[PK<upper:18>]]')"),
    Sample("alpaca-secret-key", "APCA_ID = 'PK', APCA_API_SECRET_KEY=[[<base64:40>]]"),
    Sample("alpaca-secret-key", "alpaca = REST(*('PKABCDEFGHIJKLMNOPQR', '[[<base64:40>]]'))"),
)
