#!/bin/sh
# Takes the pictures in this folder from pages that the product rendered; needs Chromium.
#
# Usage: docs/pictures/take.sh PAGE.html NAME WIDTH     writes NAME-light.png and NAME-dark.png
set -eu

page=$(realpath "$1")
name=$2
width=$3
height=1150
folder=$(dirname "$(realpath "$0")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

chromium=${NEWSLETTER_CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)} || {
    echo "take.sh needs Chromium: apt-get install chromium fonts-noto-cjk" >&2
    exit 1
}

# Chromium's own window is at least 500 px wide, so a frame stands for the screen of a phone.
printf '<!DOCTYPE html><style>*{margin:0;border:0}</style><iframe src="file://%s" width=%s height=%s scrolling=no>' \
    "$page" "$width" "$height" >"$scratch/screen.html"

# The number is Blink's: 1 for light, 0 for dark.
for scheme in 1-light 0-dark; do
    picture=$name-${scheme#*-}.png
    "$chromium" --headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files \
        --user-data-dir="$scratch/profile" --blink-settings=preferredColorScheme="${scheme%-*}" \
        --window-size="$width,$height" --screenshot="$scratch/$picture" \
        "file://$scratch/screen.html" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
    mv "$scratch/$picture" "$folder/$picture"
    echo "docs/pictures/$picture"
done
