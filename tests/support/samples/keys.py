"""Private keys, in the forms that programs write them to files."""

from samples import Sample

BEGIN, END = "-----BEGIN {} PRIVATE" + " KEY-----", "-----END {} PRIVATE" + " KEY-----"
LINES = "\n".join(["<base64:64>"] * 4)
PUTTY = f"[[PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPublic-Lines: 4\n{LINES}\nPrivate-Lines: 4\n{LINES}]]\n"

SAMPLES = (
    Sample("private-key", f"[[{BEGIN}\n{LINES}\n{END}]]".format("RSA", "RSA")),
    Sample("private-key", PUTTY),
)
