data {
  int<lower=0> N;
  vector[N] x;
  array[N] int<lower=0, upper=1> y;
}
parameters {
  real alpha, beta;
}
model {
  alpha ~ student_t(3, 0, 2.5);
  beta ~ student_t(3, 0, 2.5);
  y ~ bernoulli_logit(alpha + beta * x);
}
generated quantities {
  array[N] int y_rep = bernoulli_logit_rng(alpha + beta * x);
  real odds = exp(beta);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 05_logistic.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  data x: real[N];
  data y: int<lower=0, upper=1>[N];
  latent alpha: real ~ student_t(3, 0, 2.5);
  latent beta: real ~ student_t(3, 0, 2.5);
  y ~ bernoulli_logit(alpha + beta * x);
  predict y_rep ~ bernoulli_logit(alpha + beta * x);
  predict odds = exp(beta);
}

