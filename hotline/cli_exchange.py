"""`python -m bot orders import | export`: tables of orders with the headers of the city's export."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from hotline.exchange import BadTable, Selection, export_file, import_file


def add_commands(subparsers: Any) -> None:
    """Add `import` and `export`; each sets `run`, a function of the parsed arguments and a migrated engine."""
    importing = subparsers.add_parser("import", help="导入工单：CSV 或 Excel，市平台导出的表头")
    importing.add_argument("file", type=Path)
    importing.add_argument("--source", default="", help="来源一栏为空时的来源，如 网络问政、民声热线")
    importing.add_argument("--dry-run", action="store_true", help="只检查，不写入")
    importing.add_argument(
        "--refused", type=Path, help="拒收的行写到这个文件（缺省：原文件名加“-拒收.csv”），改好可再导入"
    )
    importing.set_defaults(run=run_import)
    exporting = subparsers.add_parser("export", help="导出工单；姓名电话打码")
    exporting.add_argument("file", type=Path, help="以 .csv 或 .xlsx 结尾")
    exporting.add_argument("--from", dest="first", type=_day, help="登记日期从这天起，如 2025-01-01")
    exporting.add_argument("--to", dest="last", type=_day, help="到这天止，含当天")
    exporting.add_argument("--unit", default="", help="主办或拟办单位")
    exporting.add_argument("--reveal", action="store_true", help="姓名电话不打码")
    exporting.set_defaults(run=run_export)


def run_import(args: argparse.Namespace, engine: Engine) -> int:
    """Import a file; exit status 1 when a row was refused, 2 when the file as a whole cannot be read."""
    refused_path = args.refused or args.file.with_name(f"{args.file.stem}-拒收.csv")
    if refused_path.resolve() == args.file.resolve():
        print("拒收的行不能写回正在导入的文件，请用 --refused 另指一个文件。", file=sys.stderr)
        return 2
    try:
        report = import_file(
            engine,
            args.file,
            args.source,
            now=datetime.now(UTC),
            refused_path=refused_path,
            is_dry_run=args.dry_run,
            progress=True,
        )
    except BadTable as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 2
    print("\n".join(report.lines()))
    if args.dry_run:
        print("只作检查，没有写入。")
    if report.refused:
        print(f"拒收的行写在 {refused_path}，改好后可以直接再导入。")
    return 1 if report.refused else 0


def run_export(args: argparse.Namespace, engine: Engine) -> int:
    """Export; exit status 2 when the file cannot be written."""
    try:
        selection = Selection(args.first, args.last, args.unit)
        count = export_file(engine, args.file, selection, reveal=args.reveal, progress=True)
    except BadTable as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 2
    print(f"已导出 {count} 件到 {args.file}" + ("（含姓名电话，请妥善保管）" if args.reveal else ""))
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("请写成 2025-01-01") from error
