data { int<lower=0> N; vector[N] y; }
parameters { real mu; }
model {
  real state = 0;
  mu ~ normal(0, 1);
  for (n in 1:N) {
    y[n] ~ normal(mu + state, 1);
    state = 0.5 * state + y[n];
  }
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 43_runs_on.stan:1:1
  1 | data { int<lower=0> N; vector[N] y; }
    | ^^^^
  = note: there is no whole program to show for it
  = note: line 8: `state` is assigned anew in each iteration or by a condition

error[E0117]: there is no `data` block
  --> 43_runs_on.stan:1:1
  1 | data { int<lower=0> N; vector[N] y; }
    | ^^^^
  = help: inside of `model name { ... }` write `dim N; data y: real[N];`

error[E0117]: there is no `parameters` block
  --> 43_runs_on.stan:2:1
  2 | parameters { real mu; }
    | ^^^^^^^^^^
  = help: declare inside of the model: `latent sigma: real<lower=0> ~ half_normal(1);`

error[E0128]: this model has no name
  --> 43_runs_on.stan:3:1
  3 | model {
    | ^^^^^
  = help: write `model my_model { ... }`, with the declarations inside of it

error[E0114]: `real state` declares as Stan does; here the role and the name come first
  --> 43_runs_on.stan:4:3
  4 |   real state = 0;
    |   ^^^^^^^^^^
  = help: write `let state = 0;`

error[E0115]: the range of a `for` stands without parentheses
  --> 43_runs_on.stan:6:7
  6 |   for (n in 1:N) {
    |       ^^^^^^^^^^
  = help: write `for n in 1:N { ... }`
