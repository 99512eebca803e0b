"""The read side: each read model is one file, named for the question it answers. Imports the ledger, never the edge.

view, timeline, runner   what all of them rest on: versioned rows, timelines, following and rebuilding
basis                    effective on a date, as recorded up to a position
register                 who is in the city or on the way
funnel                   how many got how far, by origin
history                  what was recorded (reads the log itself)
"""

from projections.register import CompanyRegister
from projections.view import View

ALL_VIEWS: tuple[type[View], ...] = (CompanyRegister,)
"""Every read model that is kept up with the log."""
