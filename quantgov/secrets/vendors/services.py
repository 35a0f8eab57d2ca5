"""Messaging, mail, payments and other services."""

from __future__ import annotations

from quantgov.secrets.vendors.entry import CHAT, CODE, MAIL, PAYMENT, RESET, SERVICE, Vendor

TABLE = {
    "adafruit": Vendor("Adafruit IO", SERVICE, "https://io.adafruit.com > My key > Regenerate", rotate=RESET),
    "adobe": Vendor("Adobe", SERVICE, "https://developer.adobe.com/console > the project > credential > Delete secret"),
    "adyen": Vendor("Adyen", PAYMENT, "Customer Area > Developers > API credentials > Generate new API key"),
    "airtable": Vendor("Airtable", SERVICE, "https://airtable.com/create/tokens > Delete"),
    "algolia": Vendor("Algolia", SERVICE, "https://dashboard.algolia.com/account/api-keys > Delete or regenerate"),
    "amazon": Vendor(
        "Login with Amazon", SERVICE, "https://developer.amazon.com > Login with Amazon > the profile > Add new secret"
    ),
    "asana": Vendor("Asana", SERVICE, "https://app.asana.com/0/my-apps > the token or app > Revoke or reset"),
    "beamer": Vendor("Beamer", SERVICE, "Settings > API > reset the key", rotate=RESET),
    "brevo": Vendor("Brevo", MAIL, "https://app.brevo.com/settings/keys/api > Delete"),
    "checkout": Vendor("Checkout.com", PAYMENT, "Dashboard > Developers > Keys > Deactivate"),
    "clickup": Vendor("ClickUp", SERVICE, "Settings > Apps > API Token > Regenerate", rotate=RESET),
    "contentful": Vendor("Contentful", SERVICE, "Settings > API keys (or CMA tokens) > Delete or Revoke"),
    "contentstack": Vendor("Contentstack", SERVICE, "Settings > Tokens > Delete"),
    "dingtalk": Vendor("DingTalk", CHAT, "the group > Settings > Bot > the robot > Reset or Delete", rotate=RESET),
    "discord": Vendor(
        "Discord",
        CHAT,
        "https://discord.com/developers/applications > the application > Bot > Reset Token; a webhook: Server Settings "
        "> Integrations > Webhooks > Delete",
        "Server Settings > Audit Log",
        RESET,
    ),
    "dropbox": Vendor("Dropbox", SERVICE, "https://www.dropbox.com/account/connected_apps > Disconnect; App Console"),
    "duffel": Vendor("Duffel", PAYMENT, "https://app.duffel.com > Developers > Access tokens > Delete"),
    "dwolla": Vendor("Dwolla", PAYMENT, "https://dashboard.dwolla.com > Applications > the app > regenerate"),
    "easypost": Vendor("EasyPost", SERVICE, "https://www.easypost.com/account/api-keys > Disable, then Delete"),
    "etsy": Vendor("Etsy", SERVICE, "https://www.etsy.com/developers/your-apps > the app > reset the secret"),
    "facebook": Vendor(
        "Facebook",
        SERVICE,
        "https://developers.facebook.com/apps > the app > App settings > Basic > Reset secret; a token: Business "
        "settings > System users > Revoke tokens",
    ),
    "feishu": Vendor("Feishu or Lark", CHAT, "the group > Settings > Bots > the bot > new webhook, or Remove"),
    "figma": Vendor("Figma", SERVICE, "Settings > Security > Personal access tokens > Revoke"),
    "finicity": Vendor(
        "Finicity", PAYMENT, "https://developer.mastercard.com > the project > reset the partner secret"
    ),
    "flutterwave": Vendor("Flutterwave", PAYMENT, "Dashboard > Settings > API keys > Generate new keys", rotate=RESET),
    "frameio": Vendor("Frame.io", SERVICE, "https://developer.frame.io/app/tokens > Delete"),
    "freshbooks": Vendor("FreshBooks", PAYMENT, "https://my.freshbooks.com/#/developer > the app > revoke"),
    "freshdesk": Vendor("Freshdesk", SERVICE, "Profile settings > Your API key > Reset", rotate=RESET),
    "gitter": Vendor("Gitter", CHAT, "the Matrix account > Settings > Sessions > Sign out"),
    "gocardless": Vendor("GoCardless", PAYMENT, "https://manage.gocardless.com/developers > Access tokens > Delete"),
    "google-chat": Vendor("Google Chat", CHAT, "the space > Apps & integrations > Webhooks > Delete"),
    "http": Vendor("the server", SERVICE, "At the server: change the password or token that it asks for", rotate=RESET),
    "hubspot": Vendor("HubSpot", SERVICE, "Settings > Integrations > Private Apps > the app > Rotate, expire now"),
    "intercom": Vendor("Intercom", SERVICE, "Developer Hub > the app > Authentication > Regenerate", rotate=RESET),
    "intra42": Vendor("42 Intra", SERVICE, "https://profile.intra.42.fr/oauth/applications > the app > new secret"),
    "klaviyo": Vendor("Klaviyo", MAIL, "Settings > API keys > Delete"),
    "linear": Vendor(
        "Linear",
        CODE,
        "https://linear.app/settings/account/security > API keys > Revoke",
        "Settings > Audit log",
        damage="Read and change every issue of the workspace: plans, findings and whatever was pasted there.",
    ),
    "linkedin": Vendor("LinkedIn", SERVICE, "https://www.linkedin.com/developers/apps > the app > Auth > new secret"),
    "lob": Vendor("Lob", MAIL, "https://dashboard.lob.com/settings/api-keys > Delete or rotate"),
    "mail": Vendor("SparkPost, Mailjet or Elastic Email", MAIL, "its settings > API keys > Delete"),
    "mailchimp": Vendor("Mailchimp", MAIL, "https://admin.mailchimp.com/account/api/ > Revoke"),
    "mailersend": Vendor("MailerSend", MAIL, "https://app.mailersend.com/api-tokens > Delete"),
    "mailgun": Vendor("Mailgun", MAIL, "https://app.mailgun.com/settings/api_security > Delete", "Sending > Logs"),
    "make": Vendor("Make", SERVICE, "https://www.make.com > Webhooks > Delete; Profile > API > the token > Delete"),
    "mandrill": Vendor("Mandrill", MAIL, "https://mandrillapp.com/settings > API keys > Disable, then Delete"),
    "mapbox": Vendor("Mapbox", SERVICE, "https://console.mapbox.com/account/access-tokens > Delete or Refresh"),
    "matrix": Vendor("Matrix", CHAT, "Settings > Sessions > the session > Sign out"),
    "mattermost": Vendor("Mattermost", CHAT, "Profile > Security > Personal Access Tokens > Delete"),
    "mercury": Vendor("Mercury", PAYMENT, "https://app.mercury.com/settings/tokens > Delete"),
    "messagebird": Vendor("MessageBird (Bird)", MAIL, "Dashboard > Developers > API access > Delete"),
    "mollie": Vendor("Mollie", PAYMENT, "https://my.mollie.com/dashboard/developers/api-keys > Reset", rotate=RESET),
    "mx": Vendor("MX", PAYMENT, "https://dashboard.mx.com > API keys > Rotate"),
    "notion": Vendor(
        "Notion",
        SERVICE,
        "https://www.notion.so/profile/integrations > the integration > Refresh or delete the secret",
        damage="Read and change every page that was shared with the integration.",
    ),
    "paddle": Vendor("Paddle", PAYMENT, "https://vendors.paddle.com/authentication-v2 > Revoke"),
    "paypal": Vendor(
        "PayPal",
        PAYMENT,
        "https://developer.paypal.com/dashboard/applications > the app > Secret > Deactivate; Braintree: API keys",
    ),
    "paystack": Vendor("Paystack", PAYMENT, "https://dashboard.paystack.com/#/settings/developers > Generate new key"),
    "plaid": Vendor("Plaid", PAYMENT, "https://dashboard.plaid.com/developers/keys > Rotate; POST /item/remove"),
    "plivo": Vendor("Plivo", MAIL, "https://console.plivo.com > Account > regenerate the Auth Token", rotate=RESET),
    "polar": Vendor("Polar", PAYMENT, "Settings > Developers > the token > Revoke"),
    "postmark": Vendor("Postmark", MAIL, "the server (or account) > API Tokens > Delete"),
    "pushover": Vendor(
        "Pushover", CHAT, "https://pushover.net > the application > Edit > reset the token", rotate=RESET
    ),
    "razorpay": Vendor("Razorpay", PAYMENT, "https://dashboard.razorpay.com/app/keys > Regenerate, deactivate at once"),
    "readme": Vendor("ReadMe", SERVICE, "the project > Configuration > API keys > Delete"),
    "resend": Vendor("Resend", MAIL, "https://resend.com/api-keys > Delete"),
    "segment": Vendor("Segment", SERVICE, "Workspace > Access management > Tokens; a source's: Settings > API keys"),
    "sendbird": Vendor("Sendbird", CHAT, "Dashboard > Settings > General > API tokens > Revoke"),
    "sendgrid": Vendor(
        "SendGrid",
        MAIL,
        "https://app.sendgrid.com/settings/api_keys > Delete",
        "Activity; Suppressions; senders that nobody of yours verified",
    ),
    "settlemint": Vendor("SettleMint", SERVICE, "https://console.settlemint.com > access tokens > Delete"),
    "shippo": Vendor("Shippo", SERVICE, "https://apps.goshippo.com/settings/api > Delete"),
    "shopify": Vendor("Shopify", PAYMENT, "Settings > Apps > Develop apps > the app > uninstall; Partners: Rotate"),
    "slack": Vendor(
        "Slack",
        CHAT,
        "https://api.slack.com/apps > the app > OAuth & Permissions > Revoke Tokens (auth.revoke); a webhook: Incoming "
        "Webhooks > Remove",
        "the workspace's access logs (https://my.slack.com/admin/logs); Enterprise: the Audit Logs API",
    ),
    "square": Vendor(
        "Square",
        PAYMENT,
        "https://developer.squareup.com/apps > the application > OAuth or Credentials > Replace",
        "the application's API Logs",
    ),
    "squarespace": Vendor("Squarespace", PAYMENT, "Settings > Developer tools > Developer API keys > Delete"),
    "stripe": Vendor(
        "Stripe",
        PAYMENT,
        "https://dashboard.stripe.com/apikeys > Rotate key, now (or after hours, for the new one to be deployed)",
        "https://dashboard.stripe.com/logs; Settings > Security history; payouts",
    ),
    "teams": Vendor(
        "Microsoft Teams",
        CHAT,
        "the channel > Manage channel > Connectors (or Workflows) > Incoming Webhook > Remove",
        "Microsoft Purview > Audit; the channel itself",
    ),
    "telegram": Vendor(
        "Telegram",
        CHAT,
        "@BotFather > /revoke (it gives the new token at once)",
        "getWebhookInfo: an address that is not yours; there is no log of calls",
        RESET,
        "Speak as the bot, read what is written to it, and give it orders where it takes any: a bot that trades is a "
        "trading key.",
    ),
    "trello": Vendor(
        "Trello", SERVICE, "https://trello.com/my/account > Applications > Revoke; the key: Power-Up admin"
    ),
    "twilio": Vendor(
        "Twilio",
        MAIL,
        "https://console.twilio.com > Account > API keys & tokens > Delete; the auth token: make a secondary one, then "
        "promote it",
        "Monitor > Logs, Insights and Audit events",
    ),
    "twitch": Vendor("Twitch", SERVICE, "https://dev.twitch.tv/console > the app > New Secret; POST oauth2/revoke"),
    "typeform": Vendor("Typeform", SERVICE, "https://admin.typeform.com/user/tokens > Delete"),
    "vonage": Vendor(
        "Vonage (Nexmo)", MAIL, "https://dashboard.nexmo.com/settings > API settings > the secret > Revoke"
    ),
    "web": Vendor("the web service", SERVICE, "its settings > API keys > Delete"),
    "wecom": Vendor("WeCom", CHAT, "the group > Group bots > the bot > Delete"),
    "wise": Vendor("Wise", PAYMENT, "https://wise.com/settings > API tokens > Revoke"),
    "woocommerce": Vendor("WooCommerce", PAYMENT, "WooCommerce > Settings > Advanced > REST API > Revoke"),
    "x": Vendor("X (Twitter)", SERVICE, "https://developer.x.com > the project > the app > Keys and tokens > Revoke"),
    "yodlee": Vendor("Yodlee", PAYMENT, "https://developer.envestnet.com > Dashboard > API credentials > reset"),
    "zapier": Vendor("Zapier", SERVICE, "the Zap > its webhook trigger > delete it and make another"),
    "zendesk": Vendor("Zendesk", SERVICE, "Admin Center > Apps and integrations > Zendesk API > Delete the token"),
}
