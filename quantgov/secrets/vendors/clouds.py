"""Clouds, hosting, databases and networks."""

from __future__ import annotations

from quantgov.secrets.vendors.entry import CLOUD, DATABASE, IDENTITY, NETWORK, OVERLAP, RESET, VAULT, Vendor

TABLE = {
    "aiven": Vendor("Aiven", DATABASE, "https://console.aiven.io > the service > Users > Reset password", rotate=RESET),
    "akamai": Vendor("Akamai", NETWORK, "Control Center > Identity & Access > API user > Credentials > Deactivate"),
    "alibaba": Vendor(
        "Alibaba Cloud",
        CLOUD,
        "https://ram.console.aliyun.com/manage/ak > Disable, then Delete",
        "ActionTrail > Event query by AccessKey ID",
    ),
    "auth0": Vendor("Auth0", IDENTITY, "https://manage.auth0.com > Applications > the app > Settings > Rotate secret"),
    "authress": Vendor("Authress", IDENTITY, "https://authress.io/app > Service clients > the client > revoke the key"),
    "aws": Vendor(
        "AWS",
        CLOUD,
        "IAM > Users > the user > Security credentials > Access keys > Deactivate, then Delete "
        "(`aws iam update-access-key --status Inactive`); of a role's temporary key: the role > Revoke sessions",
        "CloudTrail > Event history by access key; `aws iam get-access-key-last-used`; every region's bill",
        f"Without downtime, since a user may have two keys: {OVERLAP}",
    ),
    "azure": Vendor(
        "Microsoft Azure",
        CLOUD,
        "Storage account > Access keys > Rotate key; an application: Entra ID > App registrations > Certificates & "
        "secrets > Delete; a shared access signature ends with the key that signed it",
        "Azure Monitor > Activity log; Entra ID > Sign-in logs; the storage account's resource logs",
        "Without downtime, since there are two keys: move everything to the second, then regenerate the first",
    ),
    "backblaze": Vendor("Backblaze", CLOUD, "https://secure.backblaze.com/app_keys.htm > Delete Key"),
    "bitwarden": Vendor("Bitwarden", VAULT, "Secrets Manager > Machine accounts > Access tokens > Revoke"),
    "clickhouse": Vendor("ClickHouse Cloud", DATABASE, "https://console.clickhouse.cloud > API keys > Delete"),
    "cloudflare": Vendor(
        "Cloudflare",
        NETWORK,
        "https://dash.cloudflare.com/profile/api-tokens > Roll or Delete; the Global API Key on the same page",
        "Manage Account > Audit Log",
        damage="Point your domains elsewhere, read traffic through workers, and take the firewall away, as far as the "
        "token's permissions go; the Global API Key may do all of it.",
    ),
    "cockroachdb": Vendor("CockroachDB Cloud", DATABASE, "https://cockroachlabs.cloud > Access > Service accounts"),
    "confluent": Vendor(
        "Confluent Cloud",
        DATABASE,
        "https://confluent.cloud > Administration > API keys > Delete (`confluent api-key delete`)",
        "the audit log topic `confluent-audit-log-events`",
    ),
    "database": Vendor(
        "the database",
        DATABASE,
        "At the database: ALTER USER (ALTER ROLE) ... PASSWORD, then end its sessions; limit from where it may log in",
        rotate=f"Without downtime, with a second user of the same rights: {OVERLAP}",
    ),
    "databricks": Vendor(
        "Databricks",
        DATABASE,
        "the workspace > Settings > Developer > Access tokens > Revoke; a service principal's: the account console",
        "the table system.access.audit: logins and commands of the token's user",
    ),
    "defined": Vendor("Defined Networking", NETWORK, "https://admin.defined.net > Settings > API keys > Revoke"),
    "deno": Vendor("Deno Deploy", CLOUD, "https://dash.deno.com/account > Access tokens > Revoke"),
    "digitalocean": Vendor(
        "DigitalOcean",
        CLOUD,
        "https://cloud.digitalocean.com/account/api/tokens > Delete",
        "Account > Security history; Droplets that nobody of yours started",
    ),
    "dnsimple": Vendor("DNSimple", NETWORK, "https://dnsimple.com > Account > Access tokens > Delete"),
    "doppler": Vendor(
        "Doppler",
        VAULT,
        "the project > the config > Access > Service Tokens > Revoke; a personal one: Settings > Tokens",
        "Activity: which configs were read, and from where",
    ),
    "elastic": Vendor(
        "Elastic",
        DATABASE,
        "Kibana > Stack Management > API keys > Delete; of Elastic Cloud: https://cloud.elastic.co/account/keys",
        "Elasticsearch's audit log by key ID",
    ),
    "fastly": Vendor("Fastly", NETWORK, "https://manage.fastly.com/account/tokens > Delete"),
    "flyio": Vendor("Fly.io", CLOUD, "https://fly.io/dashboard > Tokens > Revoke (`fly tokens revoke`)"),
    "gcp": Vendor(
        "Google Cloud",
        CLOUD,
        "IAM & Admin > Service Accounts > Keys > Disable, then Delete; an API key: APIs & Services > Credentials > "
        "Delete; an OAuth client: Credentials > Reset secret",
        "Logging > Logs Explorer: Cloud Audit Logs by protoPayload.authenticationInfo; APIs & Services > Metrics",
    ),
    "hashicorp": Vendor(
        "HashiCorp Consul or Nomad", CLOUD, "`consul acl token delete -accessor-id <id>`, `nomad acl token delete <id>`"
    ),
    "heroku": Vendor(
        "Heroku",
        CLOUD,
        "https://dashboard.heroku.com/account > API Key > Regenerate; `heroku authorizations:revoke`",
        "each app's Activity; the enterprise audit trail",
    ),
    "hetzner": Vendor("Hetzner Cloud", CLOUD, "https://console.hetzner.cloud > the project > Security > API tokens"),
    "ibm": Vendor(
        "IBM Cloud",
        CLOUD,
        "Manage > Access (IAM) > API keys > Delete; of storage and databases: the instance > Service credentials",
        "IBM Cloud Activity Tracker events of the key's identity",
    ),
    "influxdb": Vendor("InfluxDB", DATABASE, "Load Data > API Tokens > Delete (`influx auth delete`)"),
    "kubernetes": Vendor(
        "Kubernetes",
        CLOUD,
        "Delete the service account's token Secret, or the account; a client certificate ends only with its CA or its "
        "role binding; a join token: `kubeadm token delete`; a Secret's value: at whoever issued that value",
        "the API server's audit log by user",
        damage="Run anything in the cluster that the account's roles allow, read its Secrets, and reach what these "
        "open.",
    ),
    "linode": Vendor("Linode (Akamai)", CLOUD, "https://cloud.linode.com/profile/tokens > Revoke"),
    "meraki": Vendor("Cisco Meraki", NETWORK, "https://dashboard.meraki.com > My profile > API access > Revoke"),
    "minio": Vendor("MinIO", CLOUD, "MinIO Console > Access Keys > Delete (`mc admin accesskey rm`)"),
    "mongodb": Vendor(
        "MongoDB Atlas",
        DATABASE,
        "https://cloud.mongodb.com > Access Manager > Applications > the key or service account > Delete",
        "the project's Activity Feed, and the database's audit log",
    ),
    "nats": Vendor("NATS", DATABASE, "Revoke the user (`nsc revocations add-user`), and push the account"),
    "neon": Vendor(
        "Neon", DATABASE, "https://console.neon.tech > Settings > API keys > Revoke; a role: Reset password"
    ),
    "netlify": Vendor("Netlify", CLOUD, "https://app.netlify.com/user/applications > Personal access tokens > Delete"),
    "ngrok": Vendor("ngrok", NETWORK, "https://dashboard.ngrok.com > Your Authtoken > Reset; API Keys > Delete"),
    "okta": Vendor("Okta", IDENTITY, "Admin Console > Security > API > Tokens > Revoke", "Reports > System Log"),
    "onepassword": Vendor(
        "1Password",
        VAULT,
        "https://my.1password.com > Developer > Service accounts > the account > revoke; a Secret Key: My Profile > "
        "Change Secret Key",
        "Activity Log; the service account's usage report",
    ),
    "openshift": Vendor("OpenShift", CLOUD, "`oc delete oauthaccesstokens <name>`, or log the user out", rotate=RESET),
    "ovh": Vendor(
        "OVHcloud", CLOUD, "https://www.ovh.com/auth/api > My applications > Delete; DELETE /me/api/credential"
    ),
    "pinecone": Vendor("Pinecone", DATABASE, "https://app.pinecone.io > API keys > Delete"),
    "planetscale": Vendor("PlanetScale", DATABASE, "https://app.planetscale.com > Settings > Passwords > Delete"),
    "porkbun": Vendor("Porkbun", NETWORK, "https://porkbun.com/account/api > Delete"),
    "railway": Vendor("Railway", CLOUD, "https://railway.com/account/tokens > Delete"),
    "rancher": Vendor("Rancher", CLOUD, "User avatar > Account & API Keys > Delete"),
    "redis": Vendor(
        "the Redis server",
        DATABASE,
        "ACL SETUSER <name> with the old password behind a `<`, or CONFIG SET requirepass; then CLIENT KILL",
        "ACL LOG, and CLIENT LIST for addresses that are not yours",
        "Without downtime, since a user may have several passwords: add the new one, deploy it, take the old out",
    ),
    "render": Vendor("Render", CLOUD, "https://dashboard.render.com/u/settings > API keys > Revoke"),
    "scaleway": Vendor("Scaleway", CLOUD, "https://console.scaleway.com/iam/api-keys > Delete"),
    "scalingo": Vendor("Scalingo", CLOUD, "https://dashboard.scalingo.com/account/tokens > Revoke"),
    "snowflake": Vendor(
        "Snowflake",
        DATABASE,
        "ALTER USER <name> REMOVE PROGRAMMATIC ACCESS TOKEN <token>, SET PASSWORD or UNSET RSA_PUBLIC_KEY",
        "SNOWFLAKE.ACCOUNT_USAGE.LOGIN_HISTORY and QUERY_HISTORY; large COPY INTO unloads above all",
        f"Without downtime, since a user has RSA_PUBLIC_KEY and RSA_PUBLIC_KEY_2, and several tokens: {OVERLAP}",
    ),
    "supabase": Vendor(
        "Supabase",
        DATABASE,
        "https://supabase.com/dashboard > the project > Settings > API keys > Delete; https://supabase.com/dashboard/"
        "account/tokens for personal ones",
    ),
    "tailscale": Vendor("Tailscale", NETWORK, "https://login.tailscale.com/admin/settings/keys > Revoke"),
    "tencent": Vendor(
        "Tencent Cloud",
        CLOUD,
        "https://console.cloud.tencent.com/cam/capi > Disable, then Delete",
        "CloudAudit by SecretId",
    ),
    "tinybird": Vendor("Tinybird", DATABASE, "the workspace > Tokens > Refresh or Delete"),
    "twingate": Vendor("Twingate", NETWORK, "Admin Console > Settings > API > Revoke"),
    "upstash": Vendor(
        "Upstash", DATABASE, "https://console.upstash.com > the database > Reset credentials", rotate=RESET
    ),
    "vault": Vendor(
        "HashiCorp Vault",
        VAULT,
        "`vault token revoke <token>`, or by its accessor; an AppRole's: `vault write auth/approle/role/<role>/"
        "secret-id/destroy`",
        "the audit device's log, by the token's HMAC",
    ),
    "vercel": Vendor(
        "Vercel", CLOUD, "https://vercel.com/account/settings/tokens > Delete; a store's: Storage > Rotate"
    ),
    "vultr": Vendor("Vultr", CLOUD, "https://my.vultr.com/settings/#settingsapi > Regenerate or Disable", rotate=RESET),
    "weaviate": Vendor("Weaviate", DATABASE, "https://console.weaviate.cloud > the cluster > API keys > Delete"),
    "xata": Vendor("Xata", DATABASE, "https://app.xata.io/settings > API keys > Delete"),
    "yandex": Vendor(
        "Yandex Cloud",
        CLOUD,
        "https://console.yandex.cloud > Service accounts > the account > the key > Delete; `yc iam revoke-token`",
        "Audit Trails by service account",
    ),
    "zerotier": Vendor("ZeroTier", NETWORK, "https://my.zerotier.com/account > API access tokens > Delete"),
}
