#include "api/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/output/report_plots.h"
#include "api/output/report_svg.h"
#include "api/output/unguarded.h"

namespace elba {

namespace {

// Light first; dark where the reader's system asks for it. Pictures take their colours from the same names.
constexpr const char* style = R"css(
:root{--page:#fbfbfa;--card:#fff;--ink:#1d2430;--soft:#5b6675;--rule:#e3e6ea;--accent:#2f6fab;
  --fill:#2f6fab26;--prior:#b08a3c;--good:#2b7a4b;--warn:#a8660c;--bad:#b3372f;--code:#f4f5f6}
@media(prefers-color-scheme:dark){:root{--page:#14171c;--card:#1b2027;--ink:#e4e8ee;--soft:#9aa6b5;
  --rule:#2d343e;--accent:#6fb1ec;--fill:#6fb1ec30;--prior:#d9b265;--good:#62c48b;--warn:#e0a545;
  --bad:#f07f76;--code:#20262e}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
  font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:820px;margin:0 auto;padding:40px 24px 64px}
h1{font-size:28px;line-height:1.2;margin:0 0 4px;font-weight:650}
h2{font-size:18px;margin:44px 0 10px;font-weight:650}
p{margin:8px 0}.soft,figcaption{color:var(--soft);font-size:14px}
.verdict{border-left:5px solid var(--tone);background:var(--card);padding:14px 18px;margin:22px 0;
  border-radius:4px;box-shadow:0 0 0 1px var(--rule)}
.verdict b{color:var(--tone);font-size:18px}.verdict ul{margin:8px 0 0;padding-left:20px}
.trust{--tone:var(--good)}.caution{--tone:var(--warn)}.do_not_trust{--tone:var(--bad)}
.facts{display:flex;flex-wrap:wrap;gap:10px 34px;margin:18px 0}
.facts div{font-size:20px;font-variant-numeric:tabular-nums}
.facts span{display:block;color:var(--soft);font-size:13px}
pre{background:var(--code);padding:14px 16px;overflow-x:auto;border-radius:4px;
  font:13.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.wide-box{overflow-x:auto;max-height:520px;border:1px solid var(--rule);border-radius:4px;
  background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:5px 12px;border-bottom:1px solid var(--rule);white-space:nowrap}
th:first-child,td:first-child{text-align:left;
  font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
th{position:sticky;top:0;background:var(--card);font-weight:600;color:var(--soft)}
tr:last-child td{border-bottom:0}
.grid-of{display:flex;flex-wrap:wrap;gap:14px 18px}
svg{max-width:100%;height:auto;font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;
  overflow:visible}
svg svg{overflow:hidden}
svg text{fill:var(--soft)}svg .title{fill:var(--ink);font-weight:600;font-size:12.5px}
svg .mid{text-anchor:middle}svg .end{text-anchor:end}
.axis,.tick{stroke:var(--soft);stroke-width:1}.grid{stroke:var(--rule);stroke-width:1}
.curve{fill:none;stroke:var(--accent);stroke-width:1.8}.after{fill:var(--fill)}
.prior{fill:none;stroke:var(--prior);stroke-width:1.5;stroke-dasharray:5 3}
.mark{stroke:var(--accent);stroke-width:1;stroke-dasharray:2 3}
.limit{stroke:var(--bad);stroke-width:1.2;stroke-dasharray:6 4}
.cloud{fill:var(--accent);fill-opacity:.38}.point{fill:var(--accent)}.bad{fill:var(--bad)}
.replica{fill:none;stroke:var(--accent);stroke-opacity:.3;stroke-width:1}
.data{fill:none;stroke:var(--ink);stroke-width:2.4}
.wide{stroke:var(--accent);stroke-opacity:.4;stroke-width:2.5}
.narrow{stroke:var(--accent);stroke-width:6;stroke-opacity:.55}.seen{fill:var(--ink)}
figure{margin:12px 0}figcaption{margin-top:4px}
.key{display:inline-block;width:22px;height:0;border-top:2px solid var(--accent);vertical-align:middle;
  margin:0 5px 0 12px}.key:first-child{margin-left:0}
.prior-key{border-top:2px dashed var(--prior)}.data-key{border-top:3px solid var(--ink)}
.replica-key{opacity:.5}.narrow-key{border-top-width:6px;opacity:.6}.wide-key{opacity:.5}
.dot{display:inline-block;width:8px;height:8px;border-radius:50%;background:var(--ink);margin-right:6px}
footer{margin-top:48px;color:var(--soft);font-size:13px;border-top:1px solid var(--rule);padding-top:12px}
@media print{body{background:#fff}.wide-box{max-height:none}}
)css";

std::string cell_text(double value) { return std::isfinite(value) ? fmt::format("{:.4g}", value) : "–"; }

std::string fact(const std::string& name, const std::string& value) {
  return "<div><span>" + escape_html(name) + "</span>" + escape_html(value) + "</div>";
}

class Page {
 public:
  Page(const Posterior& posterior, const InferenceData& data, const ReportOptions& options)
      : posterior_(posterior), data_(data), options_(options) {}

  std::string run() {
    head();
    summary();
    pictures();
    section("The model", "<pre>" + escape_html(options_.model_text) + "</pre>");
    page_ += "<footer>Made by elba " + escape_html(options_.version) + ", seed " +
             std::to_string(options_.seed) +
             ". The same draws stand in <code>posterior.nc</code> where <code>--out</code> was "
             "given.</footer></main></body></html>\n";
    return std::move(page_);
  }

 private:
  [[nodiscard]] bool is_mode() const { return posterior_.mode() != nullptr; }
  [[nodiscard]] bool is_sampled() const { return posterior_.sampler() != nullptr; }

  void section(const std::string& title, const std::string& content) {
    if (!content.empty()) page_ += "<h2>" + title + "</h2>" + content;
  }

  void head() {
    const std::string name = escape_html(posterior_.model);
    page_ =
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
        "content='width=device-width,initial-scale=1'><meta name='color-scheme' content='light "
        "dark'><title>" +
        name + " – fit by Elba</title><style>" + style + "</style></head><body><main>";
    page_ += "<h1>" + name + "</h1><p class='soft'>fitted by Elba, method " + escape_html(posterior_.method) +
             "</p>";
    const char* words = posterior_.verdict == Verdict::trust     ? "Trust: these numbers may be used"
                        : posterior_.verdict == Verdict::caution ? "Caution: usable with care"
                                                                 : "Do not trust these numbers";
    page_ += "<div class='verdict " + std::string(verdict_name(posterior_.verdict)) + "'><b>" + words +
             "</b>";
    if (!posterior_.reasons.empty()) {
      page_ += "<ul>";
      for (const Reason& reason : posterior_.reasons)
        page_ += "<li>" + escape_html(reason.text) + "</li>";
      page_ += "</ul>";
    }
    page_ += "</div><div class='facts'>";
    if (is_mode()) {
      page_ += fact("log density at the mode", log_text(posterior_.mode()->log_density));
    } else if (const SamplerDiagnostics* chains = posterior_.sampler()) {
      page_ += fact("worst R-hat", fmt::format("{:.3f}", chains->rhat)) +
               fact("least effective size", fmt::format("{:.0f} of {}", chains->ess, posterior_.draw_count)) +
               fact("divergent transitions", std::to_string(chains->divergences)) +
               fact("chains", std::to_string(posterior_.chain_count));
    } else {
      guide_facts(*posterior_.guide());
    }
    page_ += fact("compile", fmt::format("{:.0f} ms", 1e3 * posterior_.compile_seconds)) +
             fact("inference", fmt::format("{:.0f} ms", 1e3 * posterior_.infer_seconds)) + "</div>";
  }

  void guide_facts(const GuideDiagnostics& guide) {
    page_ += std::isnan(guide.elbo) && std::isfinite(guide.log_evidence)
                 ? fact("log evidence", log_text(guide.log_evidence))
                 : fact("ELBO", log_text(guide.elbo) + " ± " + log_text(guide.elbo_se));
    if (std::isfinite(guide.laplace_evidence))
      page_ += fact("log evidence by Laplace's formula", log_text(guide.laplace_evidence)) +
               fact("log evidence by importance weights", log_text(guide.log_evidence));
    page_ += fact("Pareto k-hat of the guide",
                  fmt::format("{:.2f} (limit {:.2f})", guide.khat, guide.khat_threshold)) +
             fact("importance ESS", fmt::format("{:.0f} of {}", guide.ess, posterior_.draw_count));
    if (guide.optimisation.levels > 0)
      page_ += fact("R-hat of iterates", fmt::format("{:.3f}", guide.optimisation.rhat));
    double steepest = 0;
    for (const GradientNoise& gradient : guide.gradients)
      steepest = std::max(steepest, gradient.snr);
    if (!guide.gradients.empty())
      page_ += fact("gradient signal-to-noise, at most", fmt::format("{:.2g}", steepest));
  }

  void summary() {
    std::string table = "<div class='wide-box'><table><thead><tr><th></th>";
    table += is_mode()
                 ? "<th>mode</th>"
                 : "<th>mean</th><th>sd</th><th>5 %</th><th>50 %</th><th>95 %</th><th>error of mean</th>";
    if (is_sampled()) table += "<th>ESS</th><th>R-hat</th>";
    table += "</tr></thead><tbody>";
    constexpr std::size_t most = 500;
    for (std::size_t k = 0; k < std::min(most, posterior_.quantities.size()); ++k) {
      const Quantity& q = posterior_.quantities[k];
      table += "<tr><td>" + escape_html(q.name) + "</td><td>" + cell_text(q.mean) + "</td>";
      if (!is_mode())
        for (const double value : {q.sd, q.q05, q.q50, q.q95, q.mcse})
          table += "<td>" + cell_text(value) + "</td>";
      if (is_sampled())
        table += std::isnan(q.rhat) ? "<td>–</td><td>–</td>"
                                    : fmt::format("<td>{:.0f}</td><td>{:.3f}</td>", q.ess_bulk, q.rhat);
      table += "</tr>";
    }
    table += "</tbody></table></div>";
    if (posterior_.quantities.size() > most)
      table += fmt::format("<p class='soft'>The first {} of {} quantities.</p>", most,
                           posterior_.quantities.size());
    section("Summary", table);
  }

  // What `auto` tried, when it was more than one method.
  [[nodiscard]] std::string tried() const {
    if (posterior_.attempts.size() < 2) return {};
    std::string table =
        "<div "
        "class='wide-box'><table><thead><tr><th>tried</th><th>verdict</th><th>ELBO</th><th>k-hat</"
        "th><th>R-hat</th><th>seconds</th></tr></thead><tbody>";
    for (const Attempt& attempt : posterior_.attempts) {
      const SamplerDiagnostics* chains = attempt.sampler();
      const GuideDiagnostics* guide = std::get_if<GuideDiagnostics>(&attempt.diagnostics);
      std::string verdict(verdict_name(attempt.verdict));
      std::replace(verdict.begin(), verdict.end(), '_', ' ');
      table += "<tr><td>" + attempt.method + "</td><td>" + verdict + "</td><td>" +
               (guide == nullptr ? "" : cell_text(guide->elbo)) + "</td><td>" +
               (guide == nullptr || !std::isfinite(guide->khat) ? "" : fmt::format("{:.2f}", guide->khat)) +
               "</td><td>" +
               (chains != nullptr && std::isfinite(chains->rhat) ? fmt::format("{:.3f}", chains->rhat) : "") +
               "</td><td>" + fmt::format("{:.2f}", attempt.seconds) + "</td></tr>";
    }
    return table + "</tbody></table></div>";
  }

  void pictures() {
    if (is_mode()) return;
    constexpr std::size_t shown = 24, looked_at = 80;
    const auto columns = latent_columns(data_, looked_at);
    std::string marginals;
    bool has_prior = false;
    for (std::size_t k = 0; k < std::min(shown, columns.size()); ++k) {
      marginals += marginal_plot(columns[k]);
      has_prior = has_prior || !columns[k].prior.empty();
    }
    if (!marginals.empty()) {
      std::string key = "<span class='key'></span>posterior, its mean dotted";
      if (has_prior) key += "<span class='key prior-key'></span>prior";
      if (columns.size() > shown) key += fmt::format("; the first {}", shown);
      for (const std::string& note : data_.notes)
        if (note.starts_with("no prior")) key += "; " + escape_html(note);
      section(has_prior ? "Marginals against the prior" : "Marginals",
              "<div class='grid-of'>" + marginals + "</div><p class='soft'>" + key + "</p>");
    }
    section("The worst pairs",
            wrapped(pair_plots(columns, posterior_.statistics.is_divergent),
                    is_sampled() && posterior_.sampler()->divergences > 0
                        ? "The pairs with the highest correlation; divergent transitions are red."
                        : "The pairs with the highest correlation."));
    const std::string trace = trace_plot(options_.trace);
    std::string way = tried();
    if (!trace.empty())
      way += "<figure>" + trace +
             "<figcaption>The ELBO at each report of the optimiser; the steep beginning is cut "
             "off.</figcaption></figure>";
    if (!way.empty()) section("How the fit went", way);
    std::string words;
    const std::string khat = khat_plot(data_, words);
    if (!khat.empty())
      section("Influence of single observations",
              "<p>" + escape_html(words) + "</p><figure>" + khat +
                  "<figcaption>Pareto k-hat of leaving each observation out; the dashed line is the "
                  "limit.</figcaption></figure>");
    section("Predictive checks", predictive_plots(data_));
  }

  static std::string wrapped(const std::string& pictures, const std::string& words) {
    return pictures.empty() ? ""
                            : "<div class='grid-of'>" + pictures + "</div><p class='soft'>" + words + "</p>";
  }

  const Posterior& posterior_;
  const InferenceData& data_;
  const ReportOptions& options_;
  std::string page_;
};

}  // namespace

std::string log_text(double value) {
  return std::fabs(value) <= 1e9 ? fmt::format("{:.4f}", value) : fmt::format("{:.6g}", value);
}

std::string unguarded::html_report(const Posterior& posterior, const InferenceData& data,
                                   const ReportOptions& options) {
  return Page(posterior, data, options).run();
}

}  // namespace elba
