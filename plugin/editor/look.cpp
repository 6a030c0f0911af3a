// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/editor/look.h"

namespace continuo::plugin {

namespace {

// Keyboard users see where they are.
void draw_focus(juce::Graphics& g, const juce::Component& component, juce::Rectangle<float> area,
                float corner) {
    if (!component.hasKeyboardFocus(true))
        return;
    g.setColour(colours::text);
    g.drawRoundedRectangle(area.reduced(0.75f), corner, 1.5f);
}

} // namespace

Look::Look() {
    setColour(juce::ResizableWindow::backgroundColourId, colours::background);
    setColour(juce::Label::textColourId, colours::text);
    setColour(juce::TextButton::buttonColourId, colours::panel);
    setColour(juce::TextButton::textColourOffId, colours::text);
    setColour(juce::TextButton::textColourOnId, colours::background);
    setColour(juce::ComboBox::backgroundColourId, colours::panel);
    setColour(juce::ComboBox::outlineColourId, colours::line);
    setColour(juce::ComboBox::textColourId, colours::text);
    setColour(juce::ComboBox::arrowColourId, colours::quiet);
    setColour(juce::PopupMenu::backgroundColourId, colours::panel);
    setColour(juce::PopupMenu::textColourId, colours::text);
    setColour(juce::PopupMenu::highlightedBackgroundColourId, colours::accent);
    setColour(juce::PopupMenu::highlightedTextColourId, colours::background);
    setColour(juce::TooltipWindow::backgroundColourId, colours::line);
    setColour(juce::TooltipWindow::textColourId, colours::text);
    setColour(juce::Slider::textBoxTextColourId, colours::quiet);
    setColour(juce::Slider::textBoxOutlineColourId, juce::Colours::transparentBlack);
}

void Look::drawRotarySlider(juce::Graphics& g, int x, int y, int width, int height, float position,
                            float start_angle, float end_angle, juce::Slider& slider) {
    const auto bounds = juce::Rectangle<int>(x, y, width, height).toFloat();
    const float radius = 0.5f * juce::jmin(bounds.getWidth(), bounds.getHeight()) - 3.0f;
    const juce::Point<float> centre = bounds.getCentre();
    const float angle = start_angle + position * (end_angle - start_angle);
    const float stroke = juce::jmax(2.5f, 0.11f * radius);
    const auto arc = [&](float from, float to, juce::Colour colour) {
        juce::Path path;
        path.addCentredArc(centre.x, centre.y, radius, radius, 0.0f, from, to, true);
        g.setColour(colour);
        g.strokePath(
            path, juce::PathStrokeType(stroke, juce::PathStrokeType::curved, juce::PathStrokeType::rounded));
    };
    const bool enabled = slider.isEnabled();
    arc(start_angle, end_angle, colours::line);
    // From the middle where the middle means "as it is", so that a glance tells cut from boost.
    const bool two_sided = slider.getMinimum() < 0.0 && slider.getMaximum() == -slider.getMinimum();
    const float from = two_sided ? 0.5f * (start_angle + end_angle) : start_angle;
    arc(juce::jmin(from, angle), juce::jmax(from, angle), enabled ? colours::accent : colours::quiet);

    const float cap = radius - 2.2f * stroke;
    g.setGradientFill({colours::line.brighter(0.15f), centre.x, centre.y - cap, colours::panel.darker(0.2f),
                       centre.x, centre.y + cap, false});
    g.fillEllipse(juce::Rectangle<float>(2.0f * cap, 2.0f * cap).withCentre(centre));
    juce::Path pointer;
    pointer.addRoundedRectangle(-0.5f * stroke, -cap, stroke, 0.5f * cap, 0.5f * stroke);
    g.setColour(enabled ? colours::text : colours::quiet);
    g.fillPath(pointer, juce::AffineTransform::rotation(angle).translated(centre));
    draw_focus(g, slider, bounds.withSizeKeepingCentre(2.0f * radius + 6.0f, 2.0f * radius + 6.0f), 6.0f);
}

void Look::drawToggleButton(juce::Graphics& g, juce::ToggleButton& button, bool highlighted, bool) {
    const auto bounds = button.getLocalBounds().toFloat();
    const bool on = button.getToggleState();
    const float size = juce::jmin(14.0f, bounds.getHeight() - 4.0f);
    const auto lamp =
        juce::Rectangle<float>(bounds.getX() + 4.0f, bounds.getCentreY() - 0.5f * size, size, size);
    g.setColour(on ? colours::accent : colours::line);
    g.fillEllipse(lamp);
    g.setColour(highlighted ? colours::text : colours::quiet);
    g.drawEllipse(lamp.reduced(0.5f), 1.0f);
    g.setColour(on ? colours::text : colours::quiet);
    g.setFont(13.0f);
    g.drawText(button.getButtonText(), bounds.withTrimmedLeft(size + 10.0f),
               juce::Justification::centredLeft);
    draw_focus(g, button, bounds, 4.0f);
}

void Look::drawButtonBackground(juce::Graphics& g, juce::Button& button, const juce::Colour& colour,
                                bool highlighted, bool down) {
    const auto bounds = button.getLocalBounds().toFloat().reduced(0.5f);
    const juce::Colour base = button.getToggleState() ? colours::accent : colour;
    g.setColour(down ? base.brighter(0.3f) : highlighted ? base.brighter(0.15f) : base);
    g.fillRoundedRectangle(bounds, 4.0f);
    g.setColour(colours::line);
    g.drawRoundedRectangle(bounds, 4.0f, 1.0f);
    draw_focus(g, button, bounds, 4.0f);
}

juce::Font Look::getComboBoxFont(juce::ComboBox& box) {
    return juce::LookAndFeel_V4::getComboBoxFont(box).withHeight(13.0f);
}

} // namespace continuo::plugin
