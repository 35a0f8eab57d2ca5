"""Private keys and signed tokens, in the forms that programs write them to files."""

from samples import Sample

BEGIN, END = "-----BEGIN {} PRIVATE" + " KEY-----", "-----END {} PRIVATE" + " KEY-----"
LINES = "\n".join(["<base64:64>"] * 4)
PUTTY = f"[[PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPublic-Lines: 4\n{LINES}\nPrivate-Lines: 4\n{LINES}]]\n"
HEADER = "eyJ" + "hbGciOiJIUzI1NiJ9"

SAMPLES = (
    Sample("private-key", f"[[{BEGIN}\n{LINES}\n{END}]]".format("RSA", "RSA")),
    Sample("private-key", f"[[{BEGIN}\n{LINES}\n{END}]]".format("ENCRYPTED SIGSTORE", "ENCRYPTED SIGSTORE")),
    Sample("private-key", PUTTY),
    Sample("private-key", "untrusted comment: minisign encrypted secret key\n[[RW<base64:210>==]]\n", "minisign.key"),
    Sample("private-key", '{"kty":"EC","crv":"P-256","x":"<url:43>","d":"[[<url:43>]]"}', "jwk.json"),
    Sample("private-key", '{\n  "d": "[[<url:342>]]",\n  "e": "AQAB"\n}', "jwk.json"),
    Sample("age-secret-key", "AGE-SECRET" + "-KEY-: [[AGE-SECRET" + "-KEY-1<upper:58>]]"),
    Sample("age-secret-key", "identity = '[[age-secret" + "-key-1<lower:58>]]'"),
    Sample("wireguard-private-key", "[Interface]\nPrivateKey = [[<base64:43>=]]\n", "wg0.conf"),
    Sample("wireguard-private-key", "PresharedKey=[[<base64:43>=]]\n", "wg0.conf"),
    Sample("json-web-token", f"session '[[{HEADER}.eyJ<url:40>.<url:43>]]'"),
    Sample("json-web-token", f'String unsigned = "[[{HEADER}.eyJ<alnum:30>.]]";'),
    Sample("json-web-token", f"[[{HEADER}.eyJ<url:3000>.<url:342>]]\n"),
)
