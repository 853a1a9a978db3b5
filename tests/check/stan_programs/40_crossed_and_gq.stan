data {
  int<lower=1> N, S, W;
  array[N] int<lower=1, upper=S> subject;
  array[N] int<lower=1, upper=W> word;
  vector<lower=-1, upper=1>[N] so;
  vector<lower=0>[N] rt;
}
parameters {
  vector[2] beta;
  real<lower=0> sigma_e;
  real<lower=0> sigma_u;
  real<lower=0> sigma_w;
  vector[S] u;
  vector[W] w;
}
model {
  real mu;
  beta ~ normal(0, 10);
  u ~ normal(0, sigma_u);
  w ~ normal(0, sigma_w);
  sigma_e ~ normal(0, 1);
  sigma_u ~ normal(0, 1);
  sigma_w ~ normal(0, 1);
  for (i in 1:N) {
    mu = beta[1] + u[subject[i]] + w[word[i]] + beta[2] * so[i];
    rt[i] ~ lognormal(mu, sigma_e);
  }
}
generated quantities {
  array[N] real rt_rep;
  real ratio = sigma_u / sigma_w;
  for (i in 1:N)
    rt_rep[i] = lognormal_rng(beta[1] + u[subject[i]] + w[word[i]] + beta[2] * so[i], sigma_e);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 40_crossed_and_gq.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N >= 1;
  dim S >= 1;
  dim W >= 1;
  data subject: int<lower=1, upper=S>[N];
  data word: int<lower=1, upper=W>[N];
  data so: real<lower=-1, upper=1>[N];
  data rt: real<lower=0>[N];
  latent beta: real[2] ~ normal(0, 10);
  latent sigma_e: real<lower=0> ~ normal(0, 1);
  latent sigma_u: real<lower=0> ~ normal(0, 1);
  latent sigma_w: real<lower=0> ~ normal(0, 1);
  latent u: real[S] ~ normal(0, sigma_u);
  latent w: real[W] ~ normal(0, sigma_w);
  for i in 1:N {
    let mu = beta[1] + u[subject[i]] + w[word[i]] + beta[2] * so[i];
    rt[i] ~ lognormal(mu, sigma_e);
  }
  predict ratio = sigma_u / sigma_w;
  for i in 1:N {
    predict rt_rep ~ lognormal(beta[1] + u[subject[i]] + w[word[i]] + beta[2] * so[i], sigma_e);
  }
}

