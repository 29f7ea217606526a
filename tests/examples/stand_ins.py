"""What lies where a file should be that was not fetched, and how it is called."""

from typing import Final

STAND_INS: Final = (
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\n", "is a pointer of Git LFS.*git lfs pull"),
    (b"outs:\n- md5: 22a1\n  size: 3\n", "is a pointer of DVC.*dvc pull"),
    (b"md5: " + b"0a" * 16 + b"\nouts:\n- md5: 22a1\n", "is a pointer of DVC.*dvc pull"),
    (b"\n<!doctype HTML>\n<html lang=en>", "is a web page.*download the file itself"),
    (b"\xef\xbb\xbf<html>", "is a web page"),
)
