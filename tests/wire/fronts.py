"""Servers that stand before ours: the real H2O, nginx and Envoy, with the configurations of deploy/ but for ports, files
and the user."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from ports import free_port

ROOT = Path(__file__).resolve().parents[2]
LOCAL = "127.0.0.1"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"  # which Debian's users have not in their PATH


def make_certificate(folder: Path) -> tuple[str, str]:
    """Files of a fresh certificate for localhost and its key."""
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-subj", "/CN=localhost", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    return cert, key


class Front:
    """One that passes on what comes to `address` to the server at `back`."""

    CONFIGURATION: str  # below deploy/
    BACK = "{}:{}"  # how it says where Parley is

    def __init__(self, back: tuple[str, int]):
        self.address = (LOCAL, free_port())
        self.folder = Path(tempfile.mkdtemp(prefix="parley-front-"))
        self.folder.chmod(0o755)  # it may run as another user
        text = (ROOT / "deploy" / self.CONFIGURATION).read_text()
        for there, here in self.changes() | {(self.BACK.format(LOCAL, 8080), self.BACK.format(*back))}:
            assert there in text, f"{self.CONFIGURATION} has no {there!r}"
            text = text.replace(there, here)
        self.file = self.folder / Path(self.CONFIGURATION).name
        self.file.write_text(text)
        self.log = (self.folder / "log").open("w+")
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.folder)
        self.wait_listening()

    def changes(self) -> set[tuple[str, str]]:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def wait_listening(self) -> None:
        from harness import until

        def there() -> bool:
            assert self.process.poll() is None, self.told()
            with socket.socket() as probe:
                return probe.connect_ex(self.address) == 0

        until(there, f"{self.CONFIGURATION} is listening")

    def told(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*log")))

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def certificate(self) -> set[tuple[str, str]]:
        """A fresh one, in the place of the one that the configuration names."""
        cert, key = make_certificate(self.folder)
        return {("/etc/parley/tls/fullchain.pem", cert), ("/etc/parley/tls/privkey.pem", key)}


class H2O(Front):
    CONFIGURATION = "h2o/h2o.conf"

    def changes(self) -> set[tuple[str, str]]:
        return self.certificate() | {
            ("port: 443", f"port: {self.address[1]}"),
            ("host: 0.0.0.0", f"host: {LOCAL}"),
            ("user: nobody", f"user: {getpass.getuser()}" if os.geteuid() == 0 else ""),  # only root may become somebody
            ("/run/parley-h2o.pid", str(self.folder / "pid")),
            ("/var/log/parley-h2o.log", str(self.folder / "error.log")),
            ("max-connections: 100000", "max-connections: 1000\nnum-threads: 1"),
        }

    def command(self) -> list[str]:
        return ["h2o", "-m", "worker", "-c", str(self.file)]


class Nginx(Front):
    CONFIGURATION = "nginx/nginx.conf"

    def changes(self) -> set[tuple[str, str]]:
        bodies = "".join(f" {kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        places = self.place("/run/parley-nginx.pid", "/var/log/nginx/parley-error.log")
        return self.certificate() | places | {("access_log off;", "access_log off;" + bodies)}

    def place(self, pid: str, log: str) -> set[tuple[str, str]]:
        """What every configuration for nginx has."""
        user = pwd.getpwuid(os.getuid()).pw_name
        return {
            ("listen 0.0.0.0:443", f"listen {LOCAL}:{self.address[1]}"),
            ("user www-data;", f"user {user};"),
            ("worker_processes auto;", "worker_processes 1;"),
            ("worker_rlimit_nofile 200000;", ""),
            ("worker_connections 65536;", "worker_connections 1024;"),
            (pid, str(self.folder / "pid")),
            (log, str(self.folder / "error.log")),
        }

    def command(self) -> list[str]:
        return [NGINX, "-p", str(self.folder), "-c", str(self.file), "-g", "daemon off;"]


class NginxStream(Nginx):
    """Passes on connections, with a PROXY header before each."""

    CONFIGURATION = "nginx/stream.conf"

    def changes(self) -> set[tuple[str, str]]:
        return self.place("/run/parley-nginx-stream.pid", "/var/log/nginx/parley-stream-error.log") | {
            ("load_module modules/ngx_stream_module.so;", "load_module /usr/lib/nginx/modules/ngx_stream_module.so;")
        }


class Envoy(Front):
    CONFIGURATION = "envoy/envoy.yaml"
    BACK = "- endpoint: {{ address: {{ socket_address: {{ address: {}, port_value: {} }} }} }}"

    def __init__(self, *backs: tuple[str, int]):
        """Before one server or several."""
        self.others = backs[1:]
        super().__init__(backs[0])

    def changes(self) -> set[tuple[str, str]]:
        others = "".join("\n              " + self.BACK.format(*each) for each in self.others)
        return self.certificate() | {
            ("address: 0.0.0.0, port_value: 443", f"address: {LOCAL}, port_value: {self.address[1]}"),
            ("interval: 1s", "interval: 0.05s"),  # that without traffic, too
            ("- lb_endpoints:", "- lb_endpoints:" + others),
        }

    def command(self) -> list[str]:
        program = ROOT / ".venv-envoy/bin/envoy"  # tools/setup.sh puts it there
        return [str(program), "-c", str(self.file), "--concurrency", "1", "--disable-hot-restart", "-l", "warn"]


FRONTS = {"h2o": H2O, "nginx": Nginx, "envoy": Envoy}
