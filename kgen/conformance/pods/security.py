"""What a pod may do, and how it finds others: security contexts, Windows and Linux, DNS, host aliases.

Source: pkg/apis/core/validation validatePodSpecSecurityContext, ValidateSecurityContext, validateWindowsSecurityContextOptions,
validateWindowsHostProcessPod, validateOS, validateLinux, validateWindows, validatePodDNSConfig, ValidateHostAliases (1.36.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from kgen.conformance import addresses, names
from kgen.conformance.found import Found
from kgen.conformance.gates import on
from kgen.diagnostics import FieldPath

Body = Mapping[str, Any]
Containers = list[tuple[Body, FieldPath]]

INT32: Final = 2**31 - 1
PROFILES: Final = ("Localhost", "RuntimeDefault", "Unconfined")
SYSCTL: Final = re.compile(r"(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?")
IPC: Final = ("kernel.shm", "kernel.msg", "fs.mqueue.")
OF_WINDOWS: Final = "cannot be set for a windows pod"
NOT_IN_POD: Final = ("hostUsers", "hostPID", "hostIPC", "shareProcessNamespace")
NOT_IN_CONTEXT: Final = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
)
NOT_IN_CONTAINER: Final = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
)


def of_pod(spec: Body, minor: int, found: Found, at: FieldPath) -> None:
    """The pod's own security context."""
    context, here = spec.get("securityContext") or {}, at / "securityContext"
    for key in ("fsGroup", "runAsUser", "runAsGroup"):
        if context.get(key) is not None:
            found.between(here / key, context[key], 0, INT32)
    for number, group in enumerate(context.get("supplementalGroups") or ()):
        found.between(here / "supplementalGroups" / number, group, 0, INT32)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        found.broken(at / "shareProcessNamespace", "ShareProcessNamespace and HostPID cannot both be enabled", True)
    sysctls(spec, context, minor, found, here / "sysctls")
    for key, values, since in (
        ("fsGroupChangePolicy", ("Always", "OnRootMismatch"), 0),
        ("supplementalGroupsPolicy", ("Merge", "Strict"), 33),
        ("seLinuxChangePolicy", ("MountOption", "Recursive"), 33),
    ):
        value = context.get(key)
        if value is not None and minor >= since and value not in values:
            found.unsupported(here / key, value, values)
    profiles(context, found, here)
    windows(context.get("windowsOptions"), found, here / "windowsOptions")


def sysctls(spec: Body, context: Body, minor: int, found: Found, at: FieldPath) -> None:
    seen: set[str] = set()
    for number, each in enumerate(context.get("sysctls") or ()):
        name, here = each.get("name") or "", at / number / "name"
        if not name:
            found.required(here)
        elif len(name) > 253 or not SYSCTL.fullmatch(name):
            found.malformed(here, name, ["must have at most 253 characters, and consist of parts such as net.core that '.' or '/' joins"])
        elif name in seen:
            found.duplicate(here, name)
        seen.add(name)
        normal = name
        first = re.search("[./]", name)
        if first is not None and first[0] == "/":
            normal = name.translate(str.maketrans("./", "/."))
        if not on("sysctls of the host", minor):
            continue
        if spec.get("hostNetwork") and normal.startswith("net."):
            found.broken(here, "may not be specified when 'hostNetwork' is true", name)
        elif spec.get("hostIPC") and (normal.startswith(IPC) or normal == "kernel.sem"):
            found.broken(here, "may not be specified when 'hostIPC' is true", name)


def profiles(context: Body, found: Found, at: FieldPath) -> None:
    """Seccomp and AppArmor."""
    for key, most in (("seccompProfile", None), ("appArmorProfile", 4095)):
        given, here = context.get(key), at / key
        if given is None:
            continue
        kind, local = given.get("type") or "", given.get("localhostProfile")
        found.among(here / "type", kind, PROFILES)
        name = "seccomp" if most is None else "AppArmor"
        if kind != "Localhost":
            if local is not None and (most is None or kind):
                found.broken(here / "localhostProfile", f"can only be set when {name} type is Localhost", local)
        elif local is None or (most is not None and not local):
            found.required(here / "localhostProfile", f"must be set when {name} type is Localhost")
        elif most is None:
            descending(local, found, here / "localhostProfile")
        else:
            if local != local.strip():
                found.malformed(here / "localhostProfile", local, ["must not be padded with whitespace"])
            if names.too_long(local, most):
                found.long(here / "localhostProfile", most)


def named_seccomp(value: str, found: Found, at: FieldPath) -> None:
    """A seccomp profile as annotations named it."""
    if value.startswith("localhost/"):
        descending(value.removeprefix("localhost/"), found, at)
    elif value not in ("runtime/default", "docker/default", "unconfined"):
        found.malformed(at, value, ["must be a valid seccomp profile"])


def descending(path: str, found: Found, at: FieldPath) -> None:
    """A path that stays below where it starts."""
    if path.startswith("/"):
        found.malformed(at, path, ["must be a relative path"])
    no_way_up(path, found, at)


def no_way_up(path: str, found: Found, at: FieldPath) -> None:
    """A path that never goes up."""
    if ".." in path.split("/"):
        found.malformed(at, path, ["must not contain '..'"])


def of_container(context: Body | None, host_users: bool, minor: int, found: Found, at: FieldPath) -> None:
    """A container's security context."""
    if context is None:
        return
    for key in ("runAsUser", "runAsGroup"):
        if context.get(key) is not None:
            found.between(at / key, context[key], 0, INT32)
    mount = context.get("procMount")
    if mount is not None and on("ProcMountType", minor):
        found.among(at / "procMount", mount, ("Default", "Unmasked"))
        if host_users and mount == "Unmasked":
            found.broken(at / "procMount", "`hostUsers` must be false to use `Unmasked`", mount)
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            found.broken(at, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
        if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ()):
            found.broken(at, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")
    profiles(context, found, at)
    windows(context.get("windowsOptions"), found, at / "windowsOptions")


NETBIOS: Final = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}')
DOMAIN_PART: Final = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
DOMAIN: Final = re.compile(rf"{DOMAIN_PART}(?:\.{DOMAIN_PART})*")
FORBIDDEN: Final = '"/\\:;|=,+*?<>@[]'


def windows(options: Body | None, found: Found, at: FieldPath) -> None:
    """Options of Windows, for a pod or a container."""
    if options is None:
        return
    name, text, user = (options.get(key) for key in ("gmsaCredentialSpecName", "gmsaCredentialSpec", "runAsUserName"))
    if name is not None:
        found.malformed(at / "gmsaCredentialSpecName", name, names.subdomain(name))
    if text == "":
        found.malformed(at / "gmsaCredentialSpec", text, ["gmsaCredentialSpec cannot be an empty string"])
    elif text and len(text.encode()) > 64 * 1024:
        found.long(at / "gmsaCredentialSpec", 64 * 1024)
    if user is not None:
        found.malformed(at / "runAsUserName", user, account(user))


def account(text: str) -> list[str]:
    """What is wrong with a Windows account, such as DOMAIN\\user."""
    parts = text.split("\\")
    if not text:
        return ["runAsUserName cannot be an empty string"]
    if any(letter < " " or letter == "\x7f" for letter in text):
        return ["runAsUserName cannot contain control characters"]
    if len(parts) > 2:
        return ["runAsUserName cannot contain more than one backslash"]
    domain, user = (parts[0], parts[1]) if len(parts) == 2 else (None, parts[0])
    wrong = []
    if domain is not None:
        if len(domain.encode()) >= 256:
            wrong.append("runAsUserName's Domain length must be under 256 characters")
        if not (NETBIOS.fullmatch(domain) or DOMAIN.fullmatch(domain)):
            wrong.append("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    if not user:
        wrong.append("runAsUserName's User cannot be empty")
    elif len(user.encode()) > 104:
        wrong.append("runAsUserName's User length must not be longer than 104 characters")
    if user and not user.strip(". "):
        wrong.append("runAsUserName's User cannot contain only periods or spaces")
    if any(letter in FORBIDDEN for letter in user):
        wrong.append(f"runAsUserName's User cannot contain the following characters: {FORBIDDEN}")
    return wrong


def windows_host(spec: Body, all_containers: Containers, found: Found, at: FieldPath) -> None:
    """Processes of the Windows host: all containers or none."""

    def of(given: Body) -> bool | None:
        return ((given.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")

    whole, count = of(spec), 0
    for container, here in all_containers:
        own = of(container)
        if whole is not None and own is not None and whole != own:
            place = here / "securityContext" / "windowsOptions" / "hostProcess"
            found.broken(place, f"pod hostProcess value must be identical if both are specified, was {str(whole).lower()}", own)
        count += bool(whole if own is None else own)
    if count:
        if count != len(all_containers):
            found.broken(at, "If pod contains any hostProcess containers then all containers must be HostProcess containers")
        if not spec.get("hostNetwork"):
            found.broken(at / "hostNetwork", "hostNetwork must be true if pod contains any hostProcess containers")


def system(spec: Body, all_containers: Containers, found: Found, at: FieldPath) -> None:
    """The operating system, and what the other one has."""
    if spec.get("os") is None:
        return
    name, context, here = spec["os"].get("name") or "", spec.get("securityContext") or {}, at / "securityContext"
    if name == "linux":
        contexts = [(each.get("securityContext") or {}, place / "securityContext") for each, place in all_containers]
        for given, place in ((context, here), *contexts):
            if given.get("windowsOptions") is not None:
                found.broken(place / "windowsOptions", "windows options cannot be set for a linux pod")
    elif name == "windows":
        for key in NOT_IN_POD:
            if spec.get(key) is not None and (spec[key] or key in ("hostUsers", "shareProcessNamespace")):
                found.broken(at / key, OF_WINDOWS)
        for key in NOT_IN_CONTEXT:
            if context.get(key) is not None and (context[key] != [] or key != "sysctls"):
                found.broken(here / key, OF_WINDOWS)
        for container, place in all_containers:
            for key in NOT_IN_CONTAINER:
                if (container.get("securityContext") or {}).get(key) is not None:
                    found.broken(place / "securityContext" / key, OF_WINDOWS)
    else:
        found.among(at / "os" / "name", name, ("linux", "windows"))


def dns(config: Body | None, policy: str, minor: int, found: Found, at: FieldPath) -> None:
    if policy == "None":
        if config is None:
            found.required(at, "must provide `dnsConfig` when `dnsPolicy` is None")
            return
        if not config.get("nameservers"):
            found.required(at / "nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None")
            return
    if config is None:
        return
    servers, searches = config.get("nameservers") or (), config.get("searches") or ()
    if len(servers) > 3:
        found.broken(at / "nameservers", "must not have more than 3 nameservers")
    for number, each in enumerate(servers):
        found.malformed(at / "nameservers" / number, each, addresses.address(each, minor))
    if len(searches) > 32:
        found.broken(at / "searches", "must not have more than 32 search paths")
    if len(" ".join(searches).encode()) > 2048:
        found.broken(at / "searches", "must not have more than 2048 characters (including spaces) in the search list")
    relaxed = on("RelaxedDNSSearchValidation", minor)
    for number, each in enumerate(searches):
        if not (relaxed and each == "."):
            bare = each.removesuffix(".")
            found.malformed(at / "searches" / number, each, names.underscored(bare) if relaxed else names.subdomain(bare))
    for number, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            found.required(at / "options" / number / "name", "must not be empty")


def host_aliases(given: Iterable[Body], minor: int, found: Found, at: FieldPath) -> None:
    for number, each in enumerate(given):
        ip = each.get("ip") or ""
        found.malformed(at / number / "ip", ip, addresses.address(ip, minor))
        for index, name in enumerate(each.get("hostnames") or ()):
            found.malformed(at / number / "hostnames" / index, name, names.subdomain(name))
