"""A time-stamp authority (RFC 3161) of the tests: a root, a certificate for stamping, and replies over HTTP on loopback."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def _certificate(
    name: str, key: Any, issuer: str, signer: Any, *extensions: tuple[Any, bool]
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=30),
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, hashes.SHA256())


@dataclass
class Authority:
    """The authority; `grants` and `about` make it refuse, or stamp something else."""

    root_key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    grants: bool = True
    about: bytes | None = None
    asked: int = 0

    def __post_init__(self) -> None:
        self.root = _certificate(
            "Gốc thử", self.root_key, "Gốc thử", self.root_key, (x509.BasicConstraints(True, None), True)
        )
        self.own = _certificate(
            "TSA thử",
            self.key,
            "Gốc thử",
            self.root_key,
            (x509.BasicConstraints(False, None), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
        )

    @property
    def roots(self) -> bytes:
        """The root certificate as PEM."""
        return self.root.public_bytes(serialization.Encoding.PEM)

    def reply(self, query: bytes) -> bytes:
        """The answer to a request."""
        self.asked += 1
        if not self.grants:
            return bytes.fromhex("30053003020102")  # PKIStatusInfo: rejection, and no token
        asked = tsp.TimeStampReq.load(query)
        imprint = asked["message_imprint"]
        if self.about is not None:
            imprint["hashed_message"] = hashlib.sha256(self.about).digest()
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": "1.3.6.1.4.1.99999.1",
                "message_imprint": imprint,
                "serial_number": self.asked,
                "gen_time": datetime.now(UTC).replace(microsecond=0),
                "nonce": asked["nonce"],
            }
        )
        return bytes(
            tsp.TimeStampResp(
                {
                    "status": {"status": "granted"},
                    "time_stamp_token": {"content_type": "signed_data", "content": self._signed(info.dump())},
                }
            ).dump()
        )

    def _signed(self, content: bytes) -> cms.SignedData:
        own = asn1_x509.Certificate.load(self.own.public_bytes(serialization.Encoding.DER))
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
                {
                    "type": "signing_certificate_v2",
                    "values": [{"certs": [{"cert_hash": hashlib.sha256(own.dump()).digest()}]}],
                },
            ]
        )
        signature = self.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
        return cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": cms.ParsableOctetString(content),
                },
                "certificates": [own],
                "signer_infos": [
                    {
                        "version": "v1",
                        "sid": cms.SignerIdentifier(
                            "issuer_and_serial_number",
                            {"issuer": own.issuer, "serial_number": own.serial_number},
                        ),
                        "digest_algorithm": {"algorithm": "sha256"},
                        "signed_attrs": attributes,
                        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                        "signature": signature,
                    }
                ],
            }
        )


@contextmanager
def answering(authority: Authority) -> Iterator[str]:
    """The authority at an address on loopback."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
