#!/bin/sh
# From sample files to messages in a maildir, with the commands a user would type.
#
# Usage: examples/demo.sh [FOLDER]     `newsletter` must be on the PATH; FOLDER is made anew each time.
set -eu

folder=${1:-demo}
weekly=$(dirname "$0")/weekly
issue=2026-01

# Settings of a real newsletter must not lead the demo elsewhere.
for name in $(env | sed -n 's/^\(NEWSLETTER_[A-Z0-9_]*\)=.*/\1/p'); do
    unset "$name"
done

run() {
    printf '\n$ newsletter'
    for word in "$@"; do
        case $word in
            *' '*) printf ' "%s"' "$word" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    newsletter "$@"
}

case $folder in
    '' | / | . | ..) echo "demo.sh: name a folder that may be deleted" >&2; exit 2 ;;
esac
if [ -e "$folder" ] && [ ! -f "$folder/.made-by-demo" ]; then
    echo "demo.sh: $folder exists and was not made by this script; name another folder" >&2
    exit 2
fi
rm -rf "$folder"
mkdir -p "$folder"
touch "$folder/.made-by-demo"

run init "$folder" --name "Small Commits" --from "Small Commits <weekly@example.org>" \
    --base-url "https://weekly.example.org" --no-input
rm -f "$folder"/issues/*
cp -R "$weekly/." "$folder"
cd "$folder"
here=$(pwd)
printf '\n(The sample weekly is now in %s.)\n' "$here"

run subscribers import subscribers.csv --status confirmed \
    --consent-basis "sample people who do not exist" --source "examples/weekly"
run render "$issue" --out rendered
run send "$issue" --yes
run status

cat <<END

$(find maildir/new -type f | wc -l | tr -d ' ') messages are in the maildir. Where to look:
  $here/rendered/$issue.html   the page, in a browser
  $here/rendered/$issue.txt    the plain text
  $here/maildir/new            the messages as they would leave

Go on in that folder, with $(command -v newsletter):
  newsletter send $issue      again: nobody gets a second one
  newsletter send 2026-02      the next issue, in Korean
END
