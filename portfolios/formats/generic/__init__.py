"""Any CSV file, by a mapping of its columns that a person gives or `guess` proposes."""

from portfolios.formats.generic.guessing import Guess, guess
from portfolios.formats.generic.mapped import read
from portfolios.formats.generic.words import FIELDS, REQUIRED, TYPES
from portfolios.formats.shape import Format

NAME = "generic"
FORMATS = [Format(NAME, "Any CSV file", (), read)]

__all__ = ["FIELDS", "FORMATS", "NAME", "REQUIRED", "TYPES", "Guess", "guess"]
