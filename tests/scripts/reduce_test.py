#!/usr/bin/env python3
"""scripts/reduce.py on a model and on IR of which one statement, one operation matters: run by ctest with the path of `elba`."""
import subprocess
import sys
import tempfile
from pathlib import Path

elba = sys.argv[1]
script = Path(__file__).resolve().parent.parent.parent / "scripts/reduce.py"

MODEL = """// the type of tau says less than its prior
fun shifted(x: real): real = x + 1;
model m {
  dim N, J;
  data county: int<1, J>[N]; data y: real[N];
  data c: int;
  latent alpha[J] ~ normal(0, 1);
  latent tau: real ~ half_normal(1 + shifted(2) * exp(2));
  for i in 1:N {
    if (c == 1) { y[i] ~ normal(alpha[county[i]], tau); } else { y[i] ~ normal(0, tau); }
  }
}
"""
IR = """module @t level tensor {
  dim N
  func @g(%a: f64) -> (f64) {
    return %a
  }
  func @f(%x: f64[N] data, %u: f64[2] input) -> (f64) {
    %a = read %u, 0 : f64
    %s = nest (%i < N) -> (sum f64) {
      %xi = read %x, %i : f64
      %q = square %xi : f64
      yield %q
    }
    %e = exp %a : f64
    %r = mul %s, %e : f64
    return %r
  }
}
"""


def reduced(folder, name, text, command):
    file = folder / name
    file.write_text(text)
    run = subprocess.run([sys.executable, script, file, command], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert file.read_text() == text, "the file itself has changed"
    assert "tests" in run.stdout
    result = file.with_suffix(".reduced" + file.suffix).read_text()
    assert subprocess.run(command.replace("{}", str(file.with_suffix(".reduced" + file.suffix))), shell=True,
                          stdout=subprocess.DEVNULL).returncode == 0, result
    return result


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    model = reduced(folder, "m.elba", MODEL, f"{elba} check {{}} 2>&1 | grep -q E0305")
    assert "half_normal" in model and "tau" in model, model
    assert "normal(0" not in model and "for" not in model and "fun" not in model and "data" not in model, model
    ir = reduced(folder, "f.ir", IR, f"{elba} opt --passes=dce {{}} 2>/dev/null | grep -q '= exp '")
    assert "exp" in ir and "nest" not in ir and "@g" not in ir and "dim" not in ir, ir
    assert len(ir.splitlines()) <= 6, ir
    file = folder / "m.elba"
    never = subprocess.run([sys.executable, script, file, "grep -q absent {}"], capture_output=True, text=True)
    assert never.returncode == 1 and "does not end with status 0" in never.stderr, never.stderr
    nowhere = subprocess.run([sys.executable, script, file, "true"], capture_output=True, text=True)
    assert nowhere.returncode == 1 and "write {}" in nowhere.stderr, nowhere.stderr
print("reduced models and IR are as small as they should be")
