data {
  int<lower=0> N;
  vector[N] y;
}
parameters {
  real mu;
  real<lower=0> sigma;
}
model {
  int k = 0;
  while (k < 3) {
    k = k + 1;
  }
  mu ~ normal(0, 1);
  y ~ normal(mu, sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 41_rejects.stan:1:1
  1 | data {
    | ^^^^
  = note: there is no whole program to show for it
  = note: line 11: `while` has no counterpart

error[E0117]: there is no `data` block
  --> 41_rejects.stan:1:1
  1 | data {
    | ^^^^
  = help: inside of `model name { ... }` write `dim N; data y: real[N];`

error[E0117]: there is no `parameters` block
  --> 41_rejects.stan:5:1
  5 | parameters {
    | ^^^^^^^^^^
  = help: declare inside of the model: `latent sigma: real<lower=0> ~ half_normal(1);`

error[E0128]: this model has no name
  --> 41_rejects.stan:9:1
  9 | model {
    | ^^^^^
  = help: write `model my_model { ... }`, with the declarations inside of it

error[E0114]: `int k` declares as Stan does; here the role and the name come first
  --> 41_rejects.stan:10:3
  10 |   int k = 0;
     |   ^^^^^
  = help: write `let k = 0;`

error[E0147]: there is no `while`
  --> 41_rejects.stan:11:3
  11 |   while (k < 3) {
     |   ^^^^^
  = help: a loop runs over a range, `for i in 1:N { ... }`, or is a recurrence such as `s[t] = f(s[t-1]);`
