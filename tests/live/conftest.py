"""What several tests of live need."""

from pathlib import Path

import pytest


@pytest.fixture
def local_lsl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep LSL on this machine. The library reads its settings once, so this must be the same for all tests."""
    settings = tmp_path / "lsl_api.cfg"
    settings.write_text(
        "[ports]\nIPv6 = disable\n[multicast]\nResolveScope = machine\n"
        "[lab]\nKnownPeers = {127.0.0.1}\n[log]\nlevel = -3\n"
    )
    monkeypatch.setenv("LSLAPICFG", str(settings))
