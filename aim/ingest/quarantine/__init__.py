"""The quarantine: rejected rows, and how they are put right.

`listing` shows them, `export` hands them to a person, `fix` takes them back, `replay` tries them again. `marks` says
what a row is known by, `corrections` what a person said it should be, and `desk` does a load's part of the work.
"""

from aim.ingest.quarantine.export import export_rejects
from aim.ingest.quarantine.listing import list_rejects

__all__ = ["export_rejects", "list_rejects"]
