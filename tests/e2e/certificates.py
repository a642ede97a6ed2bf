"""Certificates for API servers and listeners, made by openssl in a lab's folder and gone with it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from tests.e2e.lab import Failed

# A configuration of its own: what the machine's would add to a certificate differs from one machine to the next.
CONFIG: Final = """[req]
distinguished_name = name
x509_extensions = more
prompt = no
[name]
CN = {name}
[more]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
{more}
"""
SIGNER: Final = "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign"
SERVER: Final = (
    "basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = serverAuth\nsubjectAltName = {}"
)


class Authority:
    """Who signs the certificates of a lab."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificate = _made(folder, "authority", "kgen-e2e", SIGNER, ())

    def server(self, name: str, names: tuple[str, ...]) -> tuple[Path, Path]:
        """A certificate for a server that is known by `names` (DNS names and addresses), and its key: where they are."""
        alternatives = ",".join(f"IP:{each}" if each.replace(".", "").isdigit() else f"DNS:{each}" for each in names)
        signed = ("-CA", str(self.certificate), "-CAkey", str(self.folder / "authority.key"))
        return _made(self.folder, name, names[0], SERVER.format(alternatives), signed), self.folder / f"{name}.key"


def _made(folder: Path, file: str, name: str, more: str, signed: tuple[str, ...]) -> Path:
    (folder / f"{file}.cnf").write_text(CONFIG.format(name=name, more=more), encoding="utf-8")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(folder / f"{file}.key"))
    where = ("-config", str(folder / f"{file}.cnf"), "-out", str(folder / f"{file}.crt"))
    done = subprocess.run(["openssl", "req", "-x509", "-days", "3", *key, *where, *signed], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"openssl: {done.stderr}")
    return folder / f"{file}.crt"
