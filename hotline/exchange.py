"""Orders in and out as tables with the headers of the city's export: the two functions that others use.

exchange_files.py reads and writes the files, exchange_cells.py a cell, exchange_reading.py a row, exchange_history.py
decides what becomes of a case here, columns.yml holds the headers and words. See docs/exchange.md for the rules.
"""

from __future__ import annotations

from hotline.exchange_errors import BadTable as BadTable
from hotline.exchange_export import Selection as Selection
from hotline.exchange_export import export_file as export_file
from hotline.exchange_import import ImportReport as ImportReport
from hotline.exchange_import import import_file as import_file
