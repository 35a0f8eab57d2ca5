"""Passwords that stand in an address, a command or a header beside the name they belong to."""

from base64 import b64encode

from made_up_secrets import body

from samples import Sample

LOGIN = b64encode(f"quant:{body(9)}".encode()).decode()

SAMPLES = (
    Sample("url-password", "postgresql://quant:[[<alnum:12>]]@tsdb.internal:5432/ticks"),
    Sample("url-password", "create_engine('postgresql+psycopg2://research:[[<alnum:10>]]@10.0.4.7/ticks')"),
    Sample("url-password", "CELERY_BROKER=amqps://feed:[[<alnum:14>]]@mq.corp.net:5671/live", ".env"),
    Sample("url-password", "redis://:[[<alnum:16>]]@cache.corp.net:6379/0"),
    Sample("url-password", "mongodb+srv://app:[[<alnum:12>]]@cluster0.ab1cd.mongodb.net/bars?retryWrites=true"),
    Sample("url-password", "snowflake://loader:[[<alnum:12>]]@xy12345.eu-west-1/MD"),
    Sample("url-password", "git clone https://oauth2:[[<alnum:12>]]@git.corp.net/quant/alpha.git"),
    Sample("url-password", "mssql+pyodbc://sa:[[A1b2C3d4<alnum:6>]]@localhost/ticks"),
    Sample("url-password", "DATABASE_URL=mysql+pymysql://ctfd:[[q7Wz9x<alnum:6>]]@db/ctfd"),
    Sample("url-token", "git+https://[[<alnum:40>]]@git.corp.net/quant/alpha.git"),
    Sample("sql-password", "CREATE USER 'quant'@'%' IDENTIFIED BY '[[<alnum:12>]]';", "init.sql"),
    Sample("sql-password", "ALTER USER sys IDENTIFIED WITH sha256_password BY '[[<alnum:12>]]';", "init.sql"),
    Sample("sql-password", "CREATE ROLE research WITH LOGIN PASSWORD '[[a7<alnum:5>]]';", "init.sql"),
    Sample("netrc-password", "machine git.corp.net login quant password [[<alnum:16>]]\n", ".netrc"),
    Sample("netrc-password", "machine git.corp.net\n  login quant\n  password [[<alnum:16>]]\n", ".netrc"),
    Sample("pgpass-password", "tsdb.internal:5432:ticks:research:[[<alnum:14>]]\n", ".pgpass"),
    Sample("bearer-token", "      - Bearer [[<hex:64>]]\n", "cassette.yml"),
    Sample("bearer-token", "curl -H 'Authorization: Bearer [[<alnum:43>]]' https://data.corp.net"),
    Sample("basic-login", f'assert.Equal(t, "Basic [[{LOGIN}]]", got)'),
    Sample("registry-login", f'{{"auths": {{"registry.corp.net": {{"auth": "[[{LOGIN}]]"}}}}}}', "config.json"),
    Sample("registry-login", f"//npm.corp.net/:_auth=[[{LOGIN}]]\n", ".npmrc"),
    Sample("registry-login", "  .dockerconfigjson: [[eyJ" + "hdXRocyI6<alnum:60>]]\n", "pull.yaml"),
    Sample("command-password", "docker login -u quant -p [[<alnum:14>]] registry.corp.net", "push.sh"),
    Sample("command-password", "sshpass -p '[[<alnum:12>]]' ssh quant@tsdb", "sync.sh"),
    Sample("command-password", "redis-cli -h cache -a [[<alnum:12>]] ping", "check.sh"),
    Sample("command-password", "mysql -u root -p[[<alnum:12>]] ticks < init.sql", "init.sh"),
    Sample("command-password", "curl -s -u quant:[[<alnum:12>]] https://data.corp.net/bars", "pull.sh"),
    Sample("command-password", 'curl --user "quant:[[<alnum:12>]]" https://data.corp.net/bars', "pull.sh"),
    Sample("command-password", '$p = ConvertTo-SecureString "[[<alnum:12>]]" -AsPlainText -Force', "run.ps1"),
    Sample("encoded-login", "auth = base64.b64encode(b'quant:[[<alnum:12>]]').decode('ascii')"),
)
