"""One module for each command of `vikno`. Its first line says what it does; it has `add_arguments(parser)` and
`run(args) -> int`, which answers an exit code as in <sysexits.h>. A command's module is imported only when it is used,
after Django is set up, unless it says `SETUP = False`."""
