data {
  int<lower=1> I;
  int<lower=1> J;
  int<lower=1> N;
  array[N] int<lower=1, upper=I> ii;
  array[N] int<lower=1, upper=J> jj;
  array[N] int<lower=0, upper=1> y;
}
parameters {
  vector<lower=0>[I] alpha;
  vector[I] beta;
  vector[J] theta;
}
model {
  alpha ~ lognormal(0.5, 1);
  beta ~ normal(0, 10);
  theta ~ normal(0, 1);
  y ~ bernoulli_logit(alpha[ii] .* theta[jj] - beta[ii]);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 33_irt.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim I >= 1;
  dim J >= 1;
  dim N >= 1;
  data ii: int<lower=1, upper=I>[N];
  data jj: int<lower=1, upper=J>[N];
  data y: int<lower=0, upper=1>[N];
  latent alpha: real<lower=0>[I] ~ lognormal(0.5, 1);
  latent beta: real[I] ~ normal(0, 10);
  latent theta: real[J] ~ normal(0, 1);
  y ~ bernoulli_logit(alpha[ii] .* theta[jj] - beta[ii]);
}

