#!/bin/sh
# Refreshes static/vendor from the packages it is made of. Needs npm, and only to refresh: what it
# writes is committed, with the version in each file's name. Run from anywhere; then set the new
# names in static/js/vendor.js, static/css/tokens.css and templates/base.html (grep for the old).
set -eu
HTMX=2.0.11
LIGHTWEIGHT=5.2.1
ECHARTS=6.1.0
INTER=5.3.0
ESBUILD=0.25

target="$(cd "$(dirname "$0")/.." && pwd)/static/vendor"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --ignore-scripts --no-audit --no-fund --silent \
  "htmx.org@$HTMX" "lightweight-charts@$LIGHTWEIGHT" "echarts@$ECHARTS" \
  "@fontsource-variable/inter@$INTER" "esbuild@$ESBUILD"

# ECharts with the four chart kinds we draw: half of the whole.
cat >charts.js <<'ENTRY'
export { init, use } from "echarts/core";
import { use } from "echarts/core";
import { BarChart, HeatmapChart, LineChart, TreemapChart } from "echarts/charts";
import {
  AriaComponent, GridComponent, MarkLineComponent, TooltipComponent, VisualMapComponent,
} from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
use([
  BarChart, HeatmapChart, LineChart, TreemapChart, AriaComponent, GridComponent,
  MarkLineComponent, TooltipComponent, VisualMapComponent, CanvasRenderer,
]);
ENTRY

mkdir -p "$target"
rm -f "$target"/*.js "$target"/*.js.gz "$target"/*.woff2
node_modules/.bin/esbuild charts.js --bundle --minify --format=esm --log-level=warning \
  --legal-comments=none --outfile="$target/echarts-$ECHARTS.js"
# Source maps are not shipped; a comment naming one would break the manifest of static files.
sed '/^\/\/# sourceMappingURL=/d' node_modules/htmx.org/dist/htmx.min.js >"$target/htmx-$HTMX.js"
sed '/^\/\/# sourceMappingURL=/d' \
  node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.mjs \
  >"$target/lightweight-charts-$LIGHTWEIGHT.js"
# A private run serves this folder as it is: whitenoise finds the compressed sisters beside it.
gzip --keep --no-name --best "$target"/*.js
cp node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2 \
  "$target/inter-latin-wght-$INTER.woff2"

{
  echo "Files of this folder are made by tools/vendor.sh from these packages, unchanged but for"
  echo "bundling and minifying. Their licences follow."
  for package in htmx.org lightweight-charts echarts @fontsource-variable/inter; do
    printf '\n===== %s %s\n\n' "$package" \
      "$(node -p "require('./node_modules/$package/package.json').version")"
    cat "node_modules/$package/LICENSE" 2>/dev/null || cat "node_modules/$package"/LICENSE*
    test ! -f "node_modules/$package/NOTICE" || cat "node_modules/$package/NOTICE"
  done
} >"$target/LICENSES.txt"
ls -l "$target"
