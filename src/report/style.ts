/**
 * The page's whole style. Colours keep at least 4.5 : 1 against their ground for text, in both schemes, and blue and orange
 * stay apart for every kind of colour vision.
 */
export const STYLE = `
:root {
  --ground: #fcfbf8; --raised: #f4f2ec; --ink: #1b1d20; --quiet: #5b5f66; --rule: #dcd8cf;
  --blue: #0a5ca8; --blue-soft: #0a5ca826; --orange: #ad430b; --orange-soft: #d9874f;
  --sans: Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", Georgia, "Liberation Serif", serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15171a; --raised: #1d2024; --ink: #e9e6e0; --quiet: #a6a9af; --rule: #363a40;
    --blue: #83bdf2; --blue-soft: #83bdf22b; --orange: #f3a574; --orange-soft: #b0683a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 var(--sans);
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
main { max-width: 70rem; margin: 0 auto; padding: clamp(1.25rem, 4vw, 4rem) clamp(1rem, 4vw, 3rem) 5rem; }
p, h1, h2, figcaption { max-width: 44rem; text-wrap: pretty; }
h1, h2, h3 { font-family: var(--serif); font-weight: 600; line-height: 1.2; text-wrap: balance; }
h1 { font-size: clamp(1.7rem, 4.6vw, 2.75rem); letter-spacing: -0.012em; margin: 0.6rem 0 0.9rem; }
h2 { font-size: 1.6rem; margin: 0 0 0.6rem; }
h3 { font-size: 1.15rem; margin: 0 0 0.6rem; }
h3 small { font: 0.82rem var(--sans); color: var(--quiet); margin-left: 0.35em; }
section { margin-top: clamp(3rem, 7vw, 5rem); }
.kicker, .lede, .note, .interval, figcaption { color: var(--quiet); }
.kicker { font-size: 0.875rem; margin: 0; }
.kicker b { color: var(--ink); }
.lede { margin: 0; }
.note { font-size: 0.875rem; }
.interval, .off { font-size: 0.8125rem; }
.off { color: var(--orange); font-weight: 600; }
.hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
code { font: 0.875em ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }

dl, dd { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1.5rem 2.5rem; margin-top: 2.25rem; }
.figures > div { border-top: 2px solid var(--ink); padding-top: 0.6rem; }
.figures dt { font-size: 0.875rem; color: var(--quiet); }
.figures strong { font: 600 2.25rem/1.2 var(--serif); font-variant-numeric: lining-nums; letter-spacing: -0.01em; }
.figures .interval { white-space: nowrap; margin-left: 0.4em; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
.figures p { margin: 0.15rem 0 0; font-size: 0.9375rem; }

.promise { margin-top: 2.5rem; background: var(--raised); border-left: 4px solid var(--blue); padding: 1.25rem 1.5rem 1.35rem; }
.promise.not { border-color: var(--orange); }
.promise h2 { font-size: 1.25rem; margin: 0; color: var(--blue); }
.promise.not h2 { color: var(--orange); }
.promise p { margin: 0.5rem 0 0; }
.promise .wanted { font-weight: 600; margin-top: 0.15rem; }
.promise .beyond { color: var(--orange); font-weight: 600; }
.promise dl { display: flex; flex-wrap: wrap; gap: 0.35rem 2rem; margin-top: 0.9rem; font-size: 0.875rem; }
.promise dl div { display: flex; gap: 0.5em; }
.promise dt { color: var(--quiet); }

figure { margin: 1.5rem 0 0; min-width: 0; }
figure svg { display: block; max-width: 100%; height: auto; overflow: visible; }
figure svg.narrow { display: none; }
figcaption { margin-top: 0.75rem; font-size: 0.9375rem; }
.beside { display: grid; grid-template-columns: minmax(0, 44rem) minmax(14rem, 1fr); column-gap: 2.5rem; align-items: end; }
.beside > svg, .beside > details { grid-column: 1; }
.beside > figcaption { grid-column: 2; grid-row: 1; margin-bottom: 2.75rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1rem 2.5rem; margin-bottom: 2.5rem; }
.panels figure { max-width: 22rem; }
.pairs { grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 22rem)); max-width: 48rem; }

svg text { font: 12.5px var(--sans); fill: var(--ink); font-variant-numeric: tabular-nums; }
svg .label { paint-order: stroke; stroke: var(--ground); stroke-width: 4px; stroke-linejoin: round; }
svg .tick, svg .axis-name, svg .quiet { fill: var(--quiet); }
svg .axis-name { font-weight: 600; }
svg .strong { font-weight: 650; }
svg line { stroke: var(--rule); stroke-width: 1; }
svg .axis { stroke: var(--quiet); }
svg .band { fill: var(--blue-soft); }
svg .line { fill: none; stroke: var(--blue); stroke-width: 2.25; stroke-linejoin: round; }
svg .open { stroke-dasharray: 2 5; stroke-linecap: round; }
svg .limit { stroke: var(--orange); stroke-width: 1.25; }
svg .limit-label { fill: var(--orange); }
svg .chosen { fill: var(--ground); stroke: var(--blue); stroke-width: 3; }
svg .last { fill: var(--ink); }
svg .test { fill: none; stroke: var(--ink); stroke-width: 2; }
svg .leader { fill: none; stroke: var(--quiet); stroke-width: 0.75; }
svg .ideal { stroke: var(--quiet); }
svg .as-said line { stroke: var(--blue); stroke-width: 1.75; }
svg .as-said circle { fill: var(--blue); }
svg .not-as-said line { stroke: var(--orange); stroke-width: 1.75; }
svg .not-as-said circle { fill: var(--ground); stroke: var(--orange); stroke-width: 2.25; }
svg .right { fill: var(--blue); }
svg .wrong { fill: var(--orange-soft); }
svg .right-label { fill: var(--blue); font-weight: 600; }
svg .wrong-label { fill: var(--orange); font-weight: 600; }

.scroll { overflow-x: auto; margin-top: 1.25rem; }
.scroll:focus-visible { outline: 2px solid var(--blue); outline-offset: 4px; }
table { border-collapse: collapse; font-size: 0.9375rem; line-height: 1.35; font-variant-numeric: tabular-nums lining-nums; }
table.ruled, table.spend { width: 100%; }
caption { text-align: left; color: var(--quiet); font-size: 0.875rem; padding-bottom: 0.5rem; }
th, td { padding: 0.45rem 0 0.45rem 1.5rem; text-align: left; vertical-align: top; font-weight: 400; }
th:first-child, td:first-child { padding-left: 0; }
th.number, td.number { text-align: right; white-space: nowrap; }
thead th { color: var(--quiet); font-size: 0.8125rem; vertical-align: bottom; border-bottom: 1px solid var(--quiet); white-space: nowrap; }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
tbody th b { font-weight: 600; }
.ruled tbody th { min-width: 7rem; overflow-wrap: anywhere; }
.spend td:nth-child(2) { width: 42%; min-width: 7rem; vertical-align: middle; }
.spend th[scope=row] { white-space: nowrap; }
svg.bar { display: block; width: 100%; height: 14px; overflow: hidden; }
.bar .served, .bar .total { fill: var(--blue); }
.bar .wasted, .bar .signals { fill: var(--orange-soft); }
.bar .saved { fill: var(--rule); }

details { margin-top: 0.6rem; font-size: 0.9375rem; }
summary { cursor: pointer; color: var(--blue); width: fit-content; }
summary:focus-visible { outline: 2px solid var(--blue); outline-offset: 3px; }
.questions { list-style: none; margin: 1rem 0 2.5rem; padding: 0; columns: 24rem 2; column-gap: 3rem; }
.questions li { border-top: 1px solid var(--rule); padding: 0.8rem 0 1rem; break-inside: avoid; }
.which { margin: 0; overflow-wrap: anywhere; font-size: 0.875rem; color: var(--quiet); }
.which code { color: var(--ink); font-weight: 600; margin-right: 0.35em; }
.questions dl { margin-top: 0.4rem; font-size: 0.9375rem; display: grid; gap: 0.2rem; }
.questions dl div { display: grid; grid-template-columns: 5rem 1fr; }
.questions dt { color: var(--quiet); }
.questions dd { min-width: 0; unicode-bidi: isolate; }
.text { overflow-wrap: anywhere; white-space: pre-wrap; }
.questions details { margin: 0; }
.questions summary { color: inherit; width: auto; }
.questions summary::marker { color: var(--blue); }
.questions details[open] > summary > .text { display: none; }
.questions details[open] > summary::after { content: "less"; color: var(--blue); }

@media (max-width: 48rem) {
  figure svg.wide { display: none; }
  figure svg.narrow { display: block; }
  .beside { display: block; }
  .beside > figcaption { margin-bottom: 0; }
  th, td { padding-left: 1rem; }
  .cards, .cards caption, .cards tbody, .cards tr, .cards th, .cards td { display: block; width: auto; }
  .cards thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  .cards tbody tr { padding: 0.7rem 0; }
  .cards tbody tr + tr { border-top: 1px solid var(--rule); }
  .cards tbody tr + tr > * { border-top: 0; }
  .cards th, .cards td { padding: 0.1rem 0; }
  .cards td.number { display: flex; justify-content: space-between; gap: 1rem; white-space: normal; }
  .cards td.number::before { content: attr(data-label); color: var(--quiet); text-align: left; }
  .cards td:has(> span:empty) { display: none; }
  .spend tbody tr { display: grid; grid-template-columns: 1fr auto; column-gap: 1rem; }
  .spend td:nth-child(2) { width: auto; padding: 0.35rem 0; grid-area: 2 / 1 / 3 / 3; }
  .spend td:nth-child(3) { grid-area: 1 / 2; justify-content: end; }
  .spend td.number::before { content: none; }
  .spend td:nth-child(n + 4) { justify-content: start; gap: 0.3em; font-size: 0.8125rem; color: var(--quiet); }
  .spend td:nth-child(n + 4)::after { content: attr(data-label); }
}
@media print {
  :root { --ground: #fff; --raised: #f4f2ec; --ink: #000; --quiet: #444; --rule: #ccc;
    --blue: #0a5ca8; --blue-soft: #0a5ca826; --orange: #ad430b; --orange-soft: #d9874f; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  figure, .promise, .figures, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .scroll { overflow: visible; }
}
`;
