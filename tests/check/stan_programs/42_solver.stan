functions {
  vector decay(real t, vector z, real k) {
    return -k * z;
  }
}
data {
  int<lower=0> N;
  array[N] real t;
  vector[1] z0;
  vector[N] y;
}
parameters {
  real<lower=0> k;
  real<lower=0> sigma;
}
transformed parameters {
  array[N] vector[1] z = ode_rk45(decay, z0, 0, t, k);
}
model {
  k ~ lognormal(0, 1);
  sigma ~ normal(0, 1);
  for (n in 1:N) y[n] ~ normal(z[n, 1], sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 42_solver.stan:1:1
  1 | functions {
    | ^^^^^^^^^
  = note: there is no whole program to show for it
  = note: line 17: `ode_rk45` has no counterpart

error[E0117]: there is no `functions` block
  --> 42_solver.stan:1:1
  1 | functions {
    | ^^^^^^^^^
  = help: declare functions beside the model: `fun f(x: real): real = x^2;`

error[E0117]: there is no `data` block
  --> 42_solver.stan:6:1
  6 | data {
    | ^^^^
  = help: inside of `model name { ... }` write `dim N; data t: real[N]; data z0: real[1]; data y: real[N];`

error[E0117]: there is no `parameters` block
  --> 42_solver.stan:12:1
  12 | parameters {
     | ^^^^^^^^^^
  = help: declare inside of the model: `latent sigma: real<lower=0> ~ half_normal(1);`

error[E0117]: there is no `transformed parameters` block
  --> 42_solver.stan:16:1
  16 | transformed parameters {
     | ^^^^^^^^^^^^^^^^^^^^^^
  = help: define inside of the model: `let eta = alpha + X @ beta;`

error[E0128]: this model has no name
  --> 42_solver.stan:19:1
  19 | model {
     | ^^^^^
  = help: write `model my_model { ... }`, with the declarations inside of it

error[E0115]: the range of a `for` stands without parentheses
  --> 42_solver.stan:22:7
  22 |   for (n in 1:N) y[n] ~ normal(z[n, 1], sigma);
     |       ^^^^^^^^^^
  = help: write `for n in 1:N { y[n] ~ normal(z[n, 1], sigma); }`
