"""The largest load that a server carries without failure."""
import statistics

GROW = 1.4


def value_at(report, path):
    """The number at "media/spacing_ms/p99"; None if the report has none there."""
    for part in path.split("/"):
        if not isinstance(report, dict) or part not in report:
            return None
        report = report[part]
    return report


def median_of(reports, path):
    values = [value_at(report, path) for report in reports]
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def bracket(is_good, guess):
    """Two loads, GROW apart at most, the smaller of which passes and the larger does not."""
    if is_good(guess):
        best, worst = guess, guess * GROW
        while is_good(worst):
            best, worst = worst, worst * GROW
        return best, worst
    best, worst = guess / GROW, guess
    while best >= 1 and not is_good(best):
        best, worst = best / GROW, best
    return (best, worst) if best >= 1 else (0, 0)


def find_most(is_good, guess, tolerance):
    """The largest load that passes: a bracket, halved until it is narrow enough."""
    best, worst = bracket(is_good, guess)
    while worst - best > tolerance * worst:
        middle = (best + worst) / 2
        if is_good(middle):
            best = middle
        else:
            worst = middle
    return best


def confirm(run, load, times):
    """So many runs without failure in a row: at this load or, failing that, at a smaller one.
    `run` says whether it passed, and its report."""
    for _ in range(8):
        reports, passed = [], True
        while load >= 1 and passed and len(reports) < times:
            passed, report = run(load)
            reports.append(report)
        if passed and reports:
            return load, reports
        load *= 0.93
    return 0, []
