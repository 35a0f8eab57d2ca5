"""The forms in which a key without a prefix stands beside its vendor's name."""

from __future__ import annotations

from samples import Sample

UUID = "<hex:8>-<hex:4>-<hex:4>-<hex:4>-<hex:12>"
FORMS = (
    ("{upper}_API_KEY=[[{key}]]", ".env"),
    ('export {upper}_SECRET="[[{key}]]"', "run.sh"),
    ('{upper}_TOKEN = "[[{key}]]"', "config.py"),
    ("{name}_key: '[[{key}]]'", "config.yaml"),
    ("{name}:\n  rate_limit: 5\n  api_key: [[{key}]]", "config.yaml"),
    ("[{name}]\nenabled = true\nsecret = [[{key}]]", "settings.ini"),
    ('[feeds.{name}]\napi_key = "[[{key}]]"', "settings.toml"),
    ('{{"{name}Key": "[[{key}]]"}}', "config.json"),
    ('{{\n  "{name}": {{\n    "sandbox": false,\n    "apiKey": "[[{key}]]"\n  }}\n}}', "config.json"),
    ('"exchange": {{"name": "{name}", "key": "[[{key}]]"}}', "config.json"),
    ("client = {title}Client(api_key='[[{key}]]')", "feed.py"),
    ("client = {title}Client({{'session': True, 'api_key': '[[{key}]]'}})", "feed.py"),
    ('os.environ["{upper}_API_KEY"] = "[[{key}]]"', "feed.py"),
    ('var {name}Token string = "[[{key}]]"', "main.go"),
    ('    "{name}_api_key = \\"[[{key}]]\\"\\n",', "research.ipynb"),
    ("requests.get('https://api.{name}.com/v1/prices', params={{'token': '[[{key}]]'}})", "feed.py"),
)
IN_ADDRESS = "url = f'https://api.{name}.com/v1/prices/{{symbol}}?from=2020-01-01&apikey=[[{key}]]'"


def everywhere(detector: str, name: str, *keys: str) -> tuple[Sample, ...]:
    """Return a sample for each form of each key, which is a template."""
    names = {"name": name, "upper": name.upper(), "title": name.title().replace("_", "")}
    forms = tuple(
        Sample(detector, form.format(key=key, **names), path)
        for key in keys
        for form, path in (*FORMS, (IN_ADDRESS, "feed.py"))
    )
    return tuple(form for form in forms if "_" not in name or name in form.text.lower())


def logins(detector: str, *names: str) -> tuple[Sample, ...]:
    """Return a sample for each form of a login beside each of the names."""
    forms = (
        ("{upper}_PASSWORD=[[<alnum:12>]]", ".env"),
        ("{name}:\n  username: quant7\n  password: [[%<alnum:9>#!]]", "config.yaml"),
        ("[{name}]\nuser = quant7\npassword = [[<alnum:12>]]", "settings.ini"),
        ('"{name}": {{"username": "quant7", "password": "[[<alnum:10>!x]]"}}', "config.json"),
        ("session = {title}(username='quant7', password='[[<alnum:12>]]')", "trade.py"),
        ('os.environ["{upper}_PASSWORD"] = "[[<alnum:12>]]"', "trade.py"),
    )
    return tuple(
        Sample(detector, form.format(name=name, upper=name.upper(), title=name.title()), path)
        for name in names
        for form, path in forms
    )
