"""`python -m lading` and the console script: Ctrl-C is understood before anything is imported."""

# What a shell reports of an interrupted program; the door's own name for it is not there yet.
_INTERRUPTED = 130


def main() -> None:
    """Run the command line; whoever interrupts it while it is loaded gets no traceback."""
    try:
        from lading.program import main as run  # noqa: PLC0415 - it takes long enough to be interrupted
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
    run()


if __name__ == "__main__":
    main()
