"""A certificate authority that lives as long as the demo."""

import os
import subprocess

from processes import Failure, program


class Authority:
    """Signs certificates for the demo's servers. Files: `ca.pem`, and NAME.pem, NAME.key for each server."""

    def __init__(self, folder):
        self.folder = folder
        self.ca_file = os.path.join(folder, "ca.pem")
        os.makedirs(folder, exist_ok=True)
        self._write("ca.cnf", "[req]\nprompt=no\ndistinguished_name=name\nx509_extensions=ca\n[name]\n"
                    "CN=Tandem demo (throwaway)\n[ca]\nbasicConstraints=critical,CA:TRUE\n"
                    "keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n")
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ca.key")
        self._openssl("req", "-x509", "-new", "-key", "ca.key", "-sha256", "-days", "30", "-config", "ca.cnf", "-out", "ca.pem")

    def certify(self, name, subject, alternatives):
        """A certificate for the SubjectAltNames `alternatives`; answers the paths of certificate and key."""
        self._write(f"{name}.cnf", f"[req]\nprompt=no\ndistinguished_name=name\n[name]\nCN={subject}\n[server]\n"
                    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                    "extendedKeyUsage=serverAuth,clientAuth\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
                    f"subjectAltName={','.join(alternatives)}\n")
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
        self._openssl("req", "-new", "-key", f"{name}.key", "-config", f"{name}.cnf", "-out", f"{name}.csr")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-sha256",
                      "-days", "30", "-extfile", f"{name}.cnf", "-extensions", "server", "-out", f"{name}.pem")
        return os.path.join(self.folder, f"{name}.pem"), os.path.join(self.folder, f"{name}.key")

    def _write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def _openssl(self, *arguments):
        done = subprocess.run([program("openssl"), *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"openssl {arguments[0]} failed: {done.stderr.strip()}")
