"""The tests: how each load is put on a server, and which figures it gives. All times in ms."""
from load import hears_prompts, hears_well, is_bound_by_load, is_clean, passes_through
from search import confirm, find_most, median_of, value_at

# A search run is given up after this many failures: an overloaded server need not be flooded.
STOP_AFTER = 100
# How often a run is tried whose load was not what it was to be, because something else ran.
TRIES = 3
# Calls whose memory is subtracted from that of many.
FEW = 50


class Tester:
    def __init__(self, server, load, quick):
        self.server, self.load = server, load
        self.seconds = 4 if quick else 10
        self.settle = 1 if quick else 2
        self.times = 1 if quick else 3
        self.tolerance = 0.15 if quick else 0.06
        self.age_calls = 10_000 if quick else 100_000

    def run(self, mode, *words):
        """A run whose load was as planned, if there is one to be had."""
        for _ in range(TRIES):
            report = self.load.run(mode, *words, pid=self.server.process.pid,
                                   label=self.server.name)
            if not is_clean(report):  # what is left of a failure must not spoil the next run
                self.server.start(self.load)
            if not is_bound_by_load(report):
                break
        return report

    def search(self, test, run, is_good):
        """The largest load that passes, and the somewhat longer runs that confirm it."""
        bound_by_load = []

        def passes(load, seconds):
            report = run(load, seconds)
            if is_bound_by_load(report):
                bound_by_load.append(load)
            return is_good(report) and not is_bound_by_load(report), report

        most = find_most(lambda load: passes(load, self.seconds)[0],
                         self.server.first_guess[test], self.tolerance)
        best, reports = confirm(lambda load: passes(load, 1.5 * self.seconds), most, self.times)
        # The server's own limit was met only if a run failed that the load was not to blame for.
        just_above = [load for load in bound_by_load if best < load <= 1.5 * best]
        return {"best": best, "bound_by_load": bool(just_above), "reports": reports}

    def repeat(self, run):
        return [run() for _ in range(self.times)]

    def rated(self, mode, rate, seconds):
        return self.run(mode, "--rate", round(rate), "--seconds", seconds,
                        "--stop-after", STOP_AFTER)

    def steady(self, mode, count, seconds):
        rate = round(min(max(20, count / 5), self.server.opening_rate[mode]))
        return self.run(mode, "--at-once", int(count), "--rate", rate, "--seconds", seconds,
                        "--settle", self.settle)


def answer(tester, results):
    at_600 = tester.repeat(lambda: tester.rated("answer", 600, tester.seconds))
    found = tester.search("a", lambda rate, seconds: tester.rated("answer", rate, seconds),
                          is_clean)
    return {"best": round(found["best"]), "bound_by_load": found["bound_by_load"],
            "cpu_us_at_best": median_of(found["reports"], "server/cpu_us_per_call"),
            "cpu_us_at_600": median_of(at_600, "server/cpu_us_per_call"),
            "clean": all(is_clean(report) for report in at_600),
            "answer_p50_at_600": median_of(at_600, "answered_after_ms/p50"),
            "answer_p99_at_600": median_of(at_600, "answered_after_ms/p99"),
            "reports": found["reports"] + at_600}


def prompt(tester, results):
    def is_good(report):
        return is_clean(report) and hears_prompts(report, seconds=3)

    found = tester.search("b", lambda rate, seconds: tester.rated("prompt", rate, seconds),
                          is_good)
    return {"best": round(found["best"]), "bound_by_load": found["bound_by_load"],
            "cpu_us_at_best": median_of(found["reports"], "server/cpu_us_per_call"),
            "spacing_p99_at_best": median_of(found["reports"], "media/spacing_ms/p99"),
            "reports": found["reports"]}


def playback(tester, results):
    def is_good(report):
        return is_clean(report) and hears_well(report, tester.server.spacing_max_ms)

    few = tester.steady("playback", FEW, tester.seconds)  # in a server that is still fresh
    at_300 = tester.repeat(lambda: tester.steady("playback", 300, tester.seconds))
    found = tester.search(
        "c", lambda count, seconds: tester.steady("playback", count, seconds), is_good)
    result = {"best": int(found["best"]), "bound_by_load": found["bound_by_load"],
              "spacing_p99_at_best": median_of(found["reports"], "media/spacing_ms/p99"),
              "cpu_percent_at_best": median_of(found["reports"], "steady/server_cpu_percent"),
              "cpu_percent_per_100_at_300":
                  median_of(at_300, "steady/server_cpu_percent_per_100"),
              "reports": found["reports"] + at_300 + [few]}
    if found["best"] > FEW:
        result.update(memory_of(few, found["reports"][0]))
    return result


def memory_of(few, many):
    """What a call takes while it plays, and how much of that is kept after it."""
    rest = value_at(few, "steady/resident_kb_before")
    taken = value_at(many, "steady/resident_kb") - rest
    kept = value_at(many, "steady/resident_kb_after") - rest
    grown = value_at(many, "steady/resident_kb") - value_at(few, "steady/resident_kb")
    calls = value_at(many, "calls/answered") - value_at(few, "calls/answered")
    return {"kb_per_call": grown / calls, "kept_share_after": kept / taken}


def bridge(tester, results):
    def is_good(report):
        return (is_clean(report) and hears_well(report, 30)
                and passes_through(report, tester.server.delay_max_ms))

    at_200 = tester.repeat(lambda: tester.steady("bridge", 200, tester.seconds))
    found = tester.search(
        "d", lambda count, seconds: tester.steady("bridge", count, seconds), is_good)
    return {"best": int(found["best"]), "bound_by_load": found["bound_by_load"],
            "delay_p99_at_best": median_of(found["reports"], "media/delay_ms/p99"),
            "cpu_percent_at_best": median_of(found["reports"], "steady/server_cpu_percent"),
            "cpu_percent_per_100_at_200":
                median_of(at_200, "steady/server_cpu_percent_per_100"),
            "delay_p50_at_200": median_of(at_200, "media/delay_ms/p50"),
            "delay_p99_at_200": median_of(at_200, "media/delay_ms/p99"),
            "reports": found["reports"] + at_200}


def queue(tester, results):
    def run(rate):
        return tester.run("queue", "--rate", rate, "--seconds", tester.seconds)

    at_20 = tester.repeat(lambda: run(20))
    at_97 = tester.repeat(lambda: run(97))
    reports = at_20 + at_97
    everybody = all(report["agents"]["offered"] >= report["calls"]["completed"]
                    for report in reports)
    return {"clean": everybody and all(is_clean(report) for report in reports),
            "cpu_us_at_97": median_of(at_97, "server/cpu_us_per_call"),
            "reached_p50_at_20": median_of(at_20, "agents/reached_after_ms/p50"),
            "reached_p99_at_20": median_of(at_20, "agents/reached_after_ms/p99"),
            "reached_p99_at_97": median_of(at_97, "agents/reached_after_ms/p99"),
            "reports": reports}


def backlog(tester, results):
    runs = tester.repeat(lambda: tester.run("backlog"))
    return {"clean": all(is_clean(report) for report in runs),
            "free_p50": median_of(runs, "agents/free_for_ms/p50"),
            "free_p99": median_of(runs, "agents/free_for_ms/p99"),
            "reports": runs}


def overload(tester, results):
    best = results.get("a", {}).get("best") or tester.server.first_guess["a"]
    runs = tester.repeat(
        lambda: tester.run("overload", "--best", best, "--seconds", tester.seconds))
    never = any(value_at(run, "overload/normal_again_ms") is None for run in runs)
    return {"best_rate": best,
            "served_share": median_of(runs, "overload/served_share_of_best"),
            "refused": median_of(runs, "overload/refused_after_ms/count"),
            "refused_p99": median_of(runs, "overload/refused_after_ms/p99"),
            "normal_again": None if never else median_of(runs, "overload/normal_again_ms"),
            "reports": runs}


def age(tester, results):
    report = tester.run("age", "--calls", tester.age_calls, "--rate", 400)
    tenths = report["tenths"]
    if len(tenths) < 10:
        return {"clean": False, "calls": report["calls"]["completed"], "reports": [report]}
    return {"clean": is_clean(report), "calls": tester.age_calls,
            "cpu_us_first_tenth": tenths[0]["cpu_us_per_call"],
            "cpu_us_last_tenth": tenths[-1]["cpu_us_per_call"],
            "cpu_ratio": tenths[-1]["cpu_us_per_call"] / tenths[0]["cpu_us_per_call"],
            "resident_kb_first_tenth": tenths[0]["resident_kb"],
            "resident_kb_last_tenth": tenths[-1]["resident_kb"],
            "reports": [report]}


TESTS = {"a": answer, "b": prompt, "c": playback, "d": bridge, "e": queue, "backlog": backlog,
         "overload": overload, "age": age}
