"""What the API server does since which minor of Kubernetes: feature gates that are on by default, and rules that came or went.

Sources: pkg/features/kube_features.go of 1.28.15 to 1.37.2 for gates; for the rest pkg/apis/core/validation/validation.go of the minor
that is named and of the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NEVER: Final = 1 << 30

SINCE: Final[Mapping[str, int]] = {
    # Gates. Where one is off the API server drops the field, so its value is not judged.
    "ClusterTrustBundleProjection": 37,
    "ContainerRestartRules": 35,
    "ContainerStopSignals": NEVER,
    "DynamicResourceAllocation": 34,
    "EnvFiles": 35,
    "GenericWorkload": NEVER,
    "HostnameOverride": 35,
    "ImageVolume": 35,
    "InPlacePodVerticalScaling": 33,
    "MatchLabelKeysInPodAffinity": 31,
    "MatchLabelKeysInPodTopologySpreadSelectorMerge": 34,
    "PodCertificateRequest": 37,
    "PodLevelResources": 34,
    "PodLifecycleSleepAction": 30,
    "PodLifecycleSleepActionAllowZero": 33,
    "PreferSameTrafficDistribution": 34,
    "ProcMountType": 33,
    "RecursiveReadOnlyMounts": 31,
    "RelaxedDNSSearchValidation": 33,
    "RelaxedEnvironmentVariableValidation": 32,
    "RelaxedServiceNameValidation": 36,
    "RestartAllContainersOnContainerExits": 36,
    "SELinuxChangePolicy": 33,
    "SELinuxMount": 37,
    "ServiceTrafficDistribution": 31,
    "SidecarContainers": 29,
    "StrictIPCIDRValidation": 36,
    "SupplementalGroupsPolicy": 33,
    "TaintTolerationComparisonOperators": NEVER,
    "UserNamespacesHostNetworkSupport": NEVER,
    "UserNamespacesSupport": 33,
    "VolumeAttributesClass": 34,
    # Rules that came without a gate, by the words that they are about.
    "apiGroup of a dataSource": 29,
    "disks of GCE in several pods": 29,  # which may be written since then
    "externalTrafficPolicy by externalIPs": 29,
    "status.hostIPs of a pod": 29,
    "sysctls of the host": 29,
    "paths of projected tokens": 30,
    "selectableFields of a CRD": 31,
    "values in required nodeAffinity": 32,
    "volumeDevices beside hostUsers": 34,
    "resizePolicy of init containers": 36,
}


def on(gate: str, minor: int) -> bool:
    """Whether a minor of Kubernetes has a gate on by default, or a rule."""
    return minor >= SINCE[gate]
