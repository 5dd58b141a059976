from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest

from hotline import exchange_files
from hotline.exchange_errors import BadTable
from hotline.exchange_files import create_table, open_table, refusal_headers


def cells_of(path: Path) -> list[tuple[int, tuple[object, ...]]]:
    with open_table(path) as table:
        return [(1, table.headers), *table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_file_is_read_in_the_encodings_in_use(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "示例.csv"
    path.write_text("诉求编号,内容\n1,“龙归墟”𠮷\n", encoding=encoding)
    assert cells_of(path) == [(1, ("诉求编号", "内容")), (2, ("1", "“龙归墟”𠮷"))]


def test_a_table_parted_by_tabs_is_read(tmp_path: Path) -> None:
    path = tmp_path / "示例.txt"
    path.write_text("诉求编号\t内容\n1\t甲,乙\n", encoding="utf-8")
    assert cells_of(path)[1] == (2, ("1", "甲,乙"))


def test_empty_rows_are_left_out_and_the_others_keep_their_number(tmp_path: Path) -> None:
    path = tmp_path / "示例.csv"
    path.write_text('诉求编号,内容\n,\n1,"两\n行"\n\n2,乙\n', encoding="utf-8")
    assert cells_of(path)[1:] == [(3, ("1", "两\n行")), (5, ("2", "乙"))]


def test_bytes_of_no_known_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "示例.csv"
    path.write_bytes(b"\x80\xff\xff\xfe,1\n")
    with pytest.raises(BadTable, match="既不是 UTF-8 也不是 GB18030"):
        cells_of(path)


def test_a_quote_that_is_never_closed_names_its_row(tmp_path: Path) -> None:
    path = tmp_path / "示例.csv"
    path.write_text('诉求编号,内容\n1,甲\n2,"乙\n3,丙\n', encoding="utf-8")
    with pytest.raises(BadTable, match="第 3 行"):
        cells_of(path)


def test_a_missing_file_and_an_empty_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="打不开文件 没有"):
        cells_of(tmp_path / "没有.csv")
    (tmp_path / "空.csv").write_text("", encoding="utf-8")
    with pytest.raises(BadTable, match="是空的"):
        cells_of(tmp_path / "空.csv")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_written_is_read_back_and_holds_no_formula(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"示例{suffix}"
    texts = ("=HYPERLINK(1)", "-1", "'=1", "#N/A", "甲\n乙", 'a,b"c', "")
    with create_table(path) as writer:
        writer.write(("诉求编号", *"一二三四五六"))
        writer.write(texts)
    written = cells_of(path)[1][1]
    assert [cell or "" for cell in written][:2] == ["'=HYPERLINK(1)", "'-1"]
    assert list(written[3:6]) == ["#N/A", "甲\n乙", 'a,b"c']


def test_excel_takes_no_cell_for_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "示例.xlsx"
    with create_table(path) as writer:
        writer.write(("=1+1", "\x0b控制字符", "长" * 40_000))
    cells = next(openpyxl.load_workbook(path).active.iter_rows())
    assert {cell.data_type for cell in cells} == {"s"}
    assert cells[1].value == "控制字符"
    assert len(cells[2].value) == exchange_files.EXCEL_CELL


def test_a_sheet_that_tells_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    path, spoilt = tmp_path / "示例.xlsx", tmp_path / "尺寸.xlsx"
    book = openpyxl.Workbook()
    for row in (["诉求编号", "内容"], ["1", "甲"], ["2", "乙"]):
        book.active.append(row)
    book.save(path)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(spoilt, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<dimension ref="A1:B3"', b'<dimension ref="A1"'))
    assert len(cells_of(spoilt)) == 3


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "示例.xlsx"
    path.write_bytes(content)
    with pytest.raises(BadTable, match="不是完好的 Excel 表格"):
        cells_of(path)


def test_a_workbook_with_a_broken_sheet_is_refused(tmp_path: Path) -> None:
    path, spoilt = tmp_path / "示例.xlsx", tmp_path / "坏.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["诉求编号"])
    book.save(path)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(spoilt, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[:-40] if name.startswith("xl/worksheets/") else content)
    with pytest.raises(BadTable, match="不是完好的 Excel 表格"):
        cells_of(spoilt)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "示例.xlsx"
    openpyxl.Workbook().save(path)
    monkeypatch.setattr(exchange_files, "LARGEST_WORKBOOK", 1000)
    with pytest.raises(BadTable, match="解压后过大"):
        cells_of(path)


def test_an_unknown_ending_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match=r"不能写 \.pdf"), create_table(tmp_path / "示例.pdf"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), create_table(tmp_path / "示例.csv") as writer:
        writer.write(("诉求编号",))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_the_table_of_refused_rows_begins_with_number_and_reason_once() -> None:
    assert refusal_headers(("行号", "拒收原因", "诉求编号")) == ("行号", "拒收原因", "诉求编号")
