data {
  int<lower=2> K;
  int<lower=0> N;
  int<lower=1> D;
  array[N] int<lower=1, upper=K> y;
  array[N] row_vector[D] x;
}
parameters {
  vector[D] beta;
  ordered[K - 1] c;
}
model {
  beta ~ normal(0, 1);
  c ~ normal(0, 5);
  for (n in 1:N)
    y[n] ~ ordered_logistic(x[n] * beta, c);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 26_ordered_logit.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim K >= 2;
  dim N;
  dim D >= 1;
  data y: int<lower=1, upper=K>[N];
  data x: real[N, D];
  latent beta: real[D] ~ normal(0, 1);
  latent c: ordered[K - 1] ~ normal(0, 5);
  for n in 1:N {
    y[n] ~ ordered_logistic(dot(x[n], beta), c);
  }
}

