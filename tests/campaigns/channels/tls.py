"""Servers over TLS with a certificate of their own making."""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.campaigns.channels.gateway import Gateway, gateway


@contextlib.contextmanager
def trusted_server(kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A gateway with such a certificate."""
    with certified(kind, monkeypatch) as context, gateway(context) as server:
        yield server


@contextlib.contextmanager
def certified(kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """What a server needs whose certificate this process trusts, unless it is a "stranger"; it may
    be "expired" or made out to "other_name"."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    ends = now - timedelta(days=1) if kind == "expired" else now + timedelta(days=1)
    address = "127.0.0.9" if kind == "other_name" else "127.0.0.1"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(ends)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    with tempfile.TemporaryDirectory() as folder:
        certificate, secret = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        if kind != "stranger":
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, secret)
        yield context
