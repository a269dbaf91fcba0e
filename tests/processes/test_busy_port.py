"""A port that another program holds is told in words, and everything else goes on."""

import socket

from tests.installation import Installation


def test_a_busy_smtp_port_is_named_and_pages_go_on(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = installation.start("engine", VIKNO_SMTP_LISTEN=f"127.0.0.1:{port}")
        process.wait_for_words(f"127.0.0.1:{port}")
        said = process.printed
        assert "VIKNO_SMTP_LISTEN" in said and "Traceback" not in said
        assert process.stop() == 0
