"""Keys that sign mail: made, read, and published in DNS (RFC 6376, RFC 8301, RFC 8463)."""

from __future__ import annotations

import base64

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from digest.errors import MessageError

RSA_BITS = 2048
"""What new keys have, and the least that is taken (RFC 8301, section 3.2)."""

_MAX_STRING = 255  # octets in one string of a TXT record (RFC 1035, section 3.3)


def new_rsa_key() -> bytes:
    """Return a new RSA-2048 key as unencrypted PKCS #8 PEM. Keep it where only we can read it."""
    return _pem(rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def new_ed25519_key() -> bytes:
    """Return a new Ed25519 key as unencrypted PKCS #8 PEM. Keep it where only we can read it."""
    return _pem(ed25519.Ed25519PrivateKey.generate())


def load_rsa(pem: bytes) -> rsa.RSAPrivateKey:
    """Return the RSA key in *pem*.

    Raises:
        MessageError: if there is none, it has a passphrase, or it has fewer than 2048 bits.
    """
    key = _load(pem)
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < RSA_BITS:
        raise MessageError(
            f"the DKIM key is not an RSA key of at least {RSA_BITS} bits: make a new one"
        )
    return key


def load_ed25519(pem: bytes) -> ed25519.Ed25519PrivateKey:
    """Return the Ed25519 key in *pem*.

    Raises:
        MessageError: if there is none, or it has a passphrase.
    """
    key = _load(pem)
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise MessageError("the second DKIM key is not an Ed25519 key: make a new one")
    return key


def dns_record(pem: bytes) -> str:
    """Return the TXT record that publishes the public half of the private key in *pem*.

    As a zone file has it: strings in quotation marks of at most 255 octets, which receivers join.
    The record belongs to ``<selector>._domainkey.<domain>``.

    Raises:
        MessageError: if *pem* is not a key that Digest signs with.
    """
    key = _load(pem)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        kind, public = "ed25519", key.public_key().public_bytes_raw()
    else:
        kind = "rsa"
        public = (
            load_rsa(pem)
            .public_key()
            .public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
    record = f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode('ascii')}"
    strings = [record[at : at + _MAX_STRING] for at in range(0, len(record), _MAX_STRING)]
    return " ".join(f'"{string}"' for string in strings)


def _pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _load(pem: bytes) -> object:
    try:
        return serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise MessageError(
            "the DKIM key cannot be read: it must be a private key in PEM without a passphrase"
        ) from error
