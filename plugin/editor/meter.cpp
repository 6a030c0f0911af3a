// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/editor/meter.h"

#include "plugin/editor/look.h"

#include <cmath>

namespace continuo::plugin {

namespace {

constexpr float lowest_db = -60.0f, fall_db_per_second = 24.0f;
constexpr double hold_seconds = 2.0;
constexpr int lamp_height = 10, title_height = 18;

} // namespace

Meter::Meter(PeakHold& source, const juce::String& title) : source_(source), title_(title) {
    setTitle(title + " level");
    setTooltip(title +
               " level, peak of the last seconds. The lamp stays lit after full scale; click to clear it.");
}

void Meter::update(double seconds) {
    const float peak = source_.take(), db = juce::Decibels::gainToDecibels(peak, -100.0f);
    const float level = juce::jmax(db, level_db_ - fall_db_per_second * float(seconds));
    const bool clips = clipped_ || peak > 1.0f;
    peak_age_ += seconds;
    float held = peak_db_;
    if (db >= held || peak_age_ > hold_seconds) {
        held = db;
        peak_age_ = 0.0;
    }
    const auto visible = [](float value) { return std::round(4.0f * juce::jmax(lowest_db, value)); };
    const bool changed =
        visible(level) != visible(level_db_) || visible(held) != visible(peak_db_) || clips != clipped_;
    level_db_ = level;
    peak_db_ = held;
    clipped_ = clips;
    if (changed)
        repaint();
}

void Meter::paint(juce::Graphics& g) {
    auto area = getLocalBounds();
    g.setColour(colours::quiet);
    g.setFont(12.0f);
    g.drawText(title_, area.removeFromBottom(title_height), juce::Justification::centred);
    const auto bar = [](juce::Rectangle<int> whole) {
        return whole.withSizeKeepingCentre(juce::jmin(12, whole.getWidth()), whole.getHeight());
    };
    g.setColour(clipped_ ? colours::bad : colours::line);
    g.fillRoundedRectangle(bar(area.removeFromTop(lamp_height)).toFloat(), 3.0f);
    area.removeFromTop(3);
    const auto column = bar(area).toFloat();
    g.setColour(colours::panel);
    g.fillRoundedRectangle(column, 3.0f);
    const auto share = [](float db) { return juce::jlimit(0.0f, 1.0f, 1.0f - db / lowest_db); };
    g.setColour(level_db_ > -6.0f ? colours::accent : colours::good);
    g.fillRoundedRectangle(column.withTop(column.getBottom() - share(level_db_) * column.getHeight()), 3.0f);
    if (peak_db_ > lowest_db) {
        g.setColour(colours::text);
        g.fillRect(
            column.withTop(column.getBottom() - share(peak_db_) * column.getHeight()).withHeight(2.0f));
    }
}

void Meter::mouseDown(const juce::MouseEvent&) {
    clipped_ = false;
    repaint();
}

std::unique_ptr<juce::AccessibilityHandler> Meter::createAccessibilityHandler() {
    return std::make_unique<juce::AccessibilityHandler>(*this, juce::AccessibilityRole::image);
}

} // namespace continuo::plugin
