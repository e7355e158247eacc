"""A mail server on loopback, by Debian's python3-aiosmtpd: says its port, keeps each mail as a JSON file.

Usage: server.py FOLDER MODE [CERTIFICATE KEY], where MODE is `starttls`, `tls` or `plain`.
"""

import asyncio
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

LOGIN = (b"ads", b"the password of the mail server")


class Keep:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "login": bool(session.authenticated),
            "text": envelope.content.decode("utf-8", "replace"),
        }
        # Written beside and renamed: whoever looks sees a whole mail.
        beside = self.folder / f".{self.count:04}"
        beside.write_text(json.dumps(mail))
        beside.rename(self.folder / f"{self.count:04}.json")
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == LOGIN)


async def main(folder, mode, certificate, key):
    context = None
    if mode != "plain":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

    def protocol():
        if mode == "plain":
            return SMTP(keep, enable_SMTPUTF8=True)
        return SMTP(
            keep,
            enable_SMTPUTF8=True,
            tls_context=context if mode == "starttls" else None,
            require_starttls=mode == "starttls",
            authenticator=authenticate,
            auth_required=True,
            auth_require_tls=mode == "starttls",
        )

    keep = Keep(pathlib.Path(folder))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        protocol, "127.0.0.1", 0, ssl=context if mode == "tls" else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    arguments = sys.argv[1:] + [None] * 4
    asyncio.run(main(*arguments[:4]))
