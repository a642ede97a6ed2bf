"""Objects as the API server judges them: structure and defaults of Kubernetes' own kinds and of custom resources."""

from kgen.conformance.crd import compile_crd
from kgen.conformance.table import Table, brought_by, known_kinds, table
from kgen.structure import Finding, Judged

__all__ = ["Finding", "Judged", "Table", "brought_by", "compile_crd", "known_kinds", "table"]
