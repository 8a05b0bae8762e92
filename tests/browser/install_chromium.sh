#!/bin/sh
# Debian's Chromium for the browser tests: installed where it is missing and we may; the tests skip loudly otherwise.
command -v chromium >/dev/null 2>&1 && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing Chromium for the browser tests"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
        >/dev/null 2>&1 && exit 0
fi
echo "NOTE: no chromium here and no permission to install it: the browser tests will be SKIPPED."
exit 0
