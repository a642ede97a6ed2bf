"""The one engine that judges data by a schema: specs by JSON Schema, objects by structural schemas.

`normal` brings a schema to one form, `compile` makes Python of it when kgen is built, `checks` is what that code needs at run time,
`walk` says what is wrong where the code could not say yes.
"""

from kgen.structure.finding import Finding, Judged, SchemaError
from kgen.structure.spec import judge_spec

__all__ = ["Finding", "Judged", "SchemaError", "judge_spec"]
