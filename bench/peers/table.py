"""The results as a table in Markdown, with the ratio of the two servers."""

from load import is_bound_by_load


def number(value, unit=""):
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if value >= 1000:
        text = f"{value:,.0f}"
    elif value >= 100:
        text = f"{value:.0f}"
    elif value >= 10:
        text = f"{value:.1f}"
    else:
        text = f"{value:.3g}"
    return text + unit


class Row:
    """One figure. `more_is_better`: the ratio is ours to theirs, else theirs to ours."""

    def __init__(self, test, work, key, unit="", more_is_better=False, scale=1, ratio=True):
        self.test, self.work, self.key, self.unit = test, work, key, unit
        self.more_is_better, self.scale, self.ratio = more_is_better, scale, ratio

    def value(self, results):
        value = results.get(self.test, {}).get(self.key)
        return value * self.scale if isinstance(value, (int, float)) else value

    def cell(self, results):
        if self.test not in results:
            return "not measured"
        text = number(self.value(results), self.unit)
        bound = self.key == "best" and results[self.test].get("bound_by_load")
        return f"at least {text} ¹" if bound else text

    def ratio_cell(self, ours, theirs):
        mine, other = self.value(ours), self.value(theirs)
        if not self.ratio or not mine or not other:
            return ""
        if self.more_is_better:
            return number(mine / other, "x")
        return number(other / mine, "x less")


ROWS = [
    Row("a", "a: answer and hang up, calls/s with no failure and no repeat", "best",
        more_is_better=True),
    Row("a", "a: CPU a call at 600/s", "cpu_us_at_600", " ms", scale=0.001),
    Row("a", "a: CPU a call at the best rate", "cpu_us_at_best", " ms", scale=0.001),
    Row("a", "a: INVITE to 200 at 600/s, p50", "answer_p50_at_600", " ms"),
    Row("a", "a: INVITE to 200 at 600/s, p99", "answer_p99_at_600", " ms"),
    Row("b", "b: answer, 3 s of prompt, calls/s", "best", more_is_better=True),
    Row("c", "c: prompts played at once", "best", more_is_better=True),
    Row("c", "c: p99 of packet spacing at that", "spacing_p99_at_best", " ms", ratio=False),
    Row("c", "c: CPU per 100 calls at 300 playbacks", "cpu_percent_per_100_at_300", " %"),
    Row("c", "c: memory per playing call", "kb_per_call", " kB"),
    Row("c", "c: share of it kept after the calls", "kept_share_after", " %", scale=100,
        ratio=False),
    Row("d", "d: G.711 calls bridged at once", "best", more_is_better=True),
    Row("d", "d: p99 of delay at that", "delay_p99_at_best", " ms", ratio=False),
    Row("d", "d: CPU per 100 calls at 200 bridges", "cpu_percent_per_100_at_200", " %"),
    Row("d", "d: delay at 200 bridges, p50", "delay_p50_at_200", " ms"),
    Row("d", "d: delay at 200 bridges, p99", "delay_p99_at_200", " ms"),
    Row("e", "e: queued and distributed call, CPU at 97/s", "cpu_us_at_97", " ms", scale=0.001),
    Row("e", "e: caller's INVITE to agent's INVITE, agents idle, p50", "reached_p50_at_20", " ms"),
    Row("e", "e: the same, p99", "reached_p99_at_20", " ms"),
    Row("backlog", "e-backlog: agent free to his next call, p50", "free_p50", " ms"),
    Row("backlog", "e-backlog: the same, p99", "free_p99", " ms"),
    Row("overload", "overload: served at twice the best rate, share of the best", "served_share",
        " %", more_is_better=True, scale=100),
    Row("overload", "overload: others told no (503), p99", "refused_p99", " ms", ratio=False),
    Row("overload", "overload: normal again after it", "normal_again", " ms", ratio=False),
    Row("age", "age: calls", "calls", ratio=False),
    Row("age", "age: CPU a call, last tenth against first", "cpu_ratio", "x", ratio=False),
    Row("age", "age: memory after the first tenth", "resident_kb_first_tenth", " MB",
        scale=1 / 1024),
    Row("age", "age: memory at the end", "resident_kb_last_tenth", " MB", scale=1 / 1024),
]


def table_of(results):
    servers = results["servers"]
    ours = servers.get("firstring", {}).get("tests", {})
    theirs = servers.get("asterisk", {}).get("tests", {})
    lines = [f"Taken {results['taken']} at commit {results['commit']} with bench/peers.sh"
             f"{' --quick' if results['quick'] else ''}: "
             + "; ".join(server["version"] for server in servers.values())
             + f". {results['machine']}.", "",
             "| work | Asterisk 22 | Firstring | ratio |", "|---|---|---|---|"]
    for row in ROWS:
        if row.test not in ours and row.test not in theirs:
            continue
        lines.append(f"| {row.work} | {row.cell(theirs)} | {row.cell(ours)} "
                     f"| {row.ratio_cell(ours, theirs)} |")
    text = "\n".join(lines) + "\n"
    if "¹" in text:
        text += "\n¹ The load generator was at its own limit.\n"
    for name, server in servers.items():
        for test, result in server["tests"].items():
            if not result.get("clean", True):
                text += f"\n{name}, {test}: calls failed or were repeated; see results.json.\n"
            if any(is_bound_by_load(report) for report in result.get("reports", [])):
                text += f"\n{name}, {test}: some runs were disturbed; see results.json.\n"
            if result.get("taken", results["commit"]) != results["commit"]:
                text += f"\n{name}, {test}: taken at commit {result['taken']}.\n"
            if "failed" in result:
                text += f"\n{name}, {test}: not measured: {result['failed']}\n"
    return text
